import * as tf from '@tensorflow/tfjs';
import type { TensorInfo } from '../../graph/types.js';
import { checkRank, type KernelCall, numeric, type Outcome, one, type Rule, sizeAt, sizeOf } from './call.js';

const INT = ['int32'];
const DTYPES = ['float32', 'int32', 'bool'] as const;

/** tfjs's own helpers take tensors of which they read shape and rank. */
function asTensor({ shape, dtype }: TensorInfo): tf.Tensor {
  return { shape: [...shape], rank: shape.length, size: sizeOf({ shape }), dtype } as unknown as tf.Tensor;
}

function gather(call: KernelCall): Outcome {
  const [x, indices] = [call.input('x'), call.input('indices')];
  const axis = call.axis('axis', x);
  call.checkOptionalNumber('batchDims');
  const batchDims = (call.setting('batchDims') as number | null | undefined) ?? 0;
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(
    asTensor(x),
    asTensor(indices),
    axis,
    batchDims,
  );
  return one(info.outputShape, [x.dtype]);
}

function gatherNd(call: KernelCall): Outcome {
  const [params, indices] = [call.input('params'), call.input('indices')];
  const [shape] = tf.backend_util.prepareAndValidate(asTensor(params), asTensor(indices));
  return one(shape, [params.dtype]);
}

/** Checks that updates and indices fit into a tensor of the shape. */
function scattered(updates: TensorInfo, indices: TensorInfo, shape: readonly number[]): void {
  if (indices.shape.length === 0) throw new Error('its indices have no axes');
  tf.backend_util.validateUpdateShape([...shape], asTensor(indices), asTensor(updates));
}

function scatterNd(call: KernelCall): Outcome {
  const updates = call.input('updates');
  const shape = call.wholes('shape', 0);
  scattered(updates, call.input('indices'), shape);
  return one(shape, numeric(updates));
}

function tensorScatterUpdate(call: KernelCall): Outcome {
  const tensor = call.input('tensor');
  scattered(call.input('updates'), call.input('indices'), tensor.shape);
  return one(tensor.shape, numeric(tensor));
}

function sparseToDense(call: KernelCall): Outcome {
  const values = call.input('sparseValues');
  const indices = call.input('sparseIndices');
  const shape = call.wholes('outputShape', 0);
  if (sizeOf(call.input('defaultValue')) !== 1) throw new Error('its default value is not one number');
  const [last] = indices.shape.slice(-1);
  const wanted = indices.shape.length > 1 ? last : 1;
  if (indices.shape.length > 2 || wanted !== shape.length)
    throw new Error('its indices do not fit its output');
  return one(shape, numeric(values));
}

function oneHot(call: KernelCall): Outcome {
  call.number('onValue');
  call.number('offValue');
  const dtype = call.setting('dtype') === undefined ? 'float32' : call.oneOf('dtype', DTYPES);
  return one([...call.input('indices').shape, call.whole('depth', 1)], [dtype]);
}

function unsortedSegmentSum(call: KernelCall): Outcome {
  const [x, ids] = [call.input('x'), call.input('segmentIds')];
  const count = call.whole('numSegments', 0);
  // The cpu backend goes through all of `x` for each segment.
  const work = count * sizeOf(x);
  return { ...one([count, ...x.shape.slice(ids.shape.length)], numeric(x), work), scratch: 3 * work };
}

function bincount(call: KernelCall): Outcome {
  const { shape } = call.input('x');
  const size = call.whole('size', 0);
  return one(shape.length === 2 ? [sizeAt({ shape }, 0), size] : [size], numeric(call.input('weights')));
}

function topK(call: KernelCall): Outcome {
  const x = call.input('x');
  if (x.shape.length === 0) throw new Error('its input has no axes');
  const k = call.whole('k', 0);
  const length = x.shape[x.shape.length - 1] as number;
  if (k > length) throw new Error(`it takes the largest ${k} of ${length}`);
  const shape = [...x.shape.slice(0, -1), k];
  return {
    outputs: [
      { shape, dtypes: [x.dtype] },
      { shape, dtypes: INT },
    ],
    work: sizeOf(x) * 32,
  };
}

function searchSorted(call: KernelCall): Outcome {
  checkRank(call.input('sortedSequence'), 2, 'sequence');
  checkRank(call.input('values'), 2, 'input');
  call.oneOf('side', ['left', 'right']);
  return one(call.input('values').shape, INT);
}

function multinomial(call: KernelCall): Outcome {
  const logits = call.input('logits');
  checkRank(logits, 2, 'input');
  call.number('seed');
  const count = call.whole('numSamples', 0);
  const [rows, events] = logits.shape as [number, number];
  return one([rows, count], INT, rows * count * events);
}

function broadcastArgs(call: KernelCall): Outcome {
  const [a, b] = [call.input('s0'), call.input('s1')];
  return one([Math.max(sizeOf(a), sizeOf(b))], INT);
}

/** Kernels that look values up, put them at places, and count. */
export const INDEXING: Readonly<Record<string, Rule>> = {
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  TensorScatterUpdate: tensorScatterUpdate,
  SparseToDense: sparseToDense,
  OneHot: oneHot,
  UnsortedSegmentSum: unsortedSegmentSum,
  Bincount: bincount,
  DenseBincount: bincount,
  TopK: topK,
  SearchSorted: searchSorted,
  Multinomial: multinomial,
  BroadcastArgs: broadcastArgs,
};
