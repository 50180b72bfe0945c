import * as tf from '@tensorflow/tfjs';
import type { TensorInfo } from '../../graph/types.js';
import { checkRank, type KernelCall, type Outcome, one, type Rule, sizeAt, sizeOf } from './call.js';

/** The same numbers in another shape or order, or a part of them. */
function moved(shape: readonly number[], ...inputs: readonly TensorInfo[]): Outcome {
  // What Concat and Pack get may differ between bool and int32 on some backend.
  return one(shape, [...new Set(inputs.map(({ dtype }) => dtype))]);
}

function reshape(call: KernelCall): Outcome {
  const x = call.input('x');
  const shape = tf.util.inferFromImplicitShape(call.wholes('shape', -1), sizeOf(x));
  if (sizeOf({ shape }) !== sizeOf(x))
    throw new Error(`[${x.shape.join(', ')}] does not fit into [${shape.join(', ')}]`);
  return moved(shape, x);
}

function expandDims(call: KernelCall): Outcome {
  const input = call.input('input');
  const dim = call.whole('dim', -(input.shape.length + 1));
  if (dim > input.shape.length) throw new Error(`there is no place for an axis ${dim}`);
  const shape = [...input.shape];
  shape.splice(dim < 0 ? input.shape.length + dim + 1 : dim, 0, 1);
  return moved(shape, input);
}

function transpose(call: KernelCall): Outcome {
  const x = call.input('x');
  const axes = call.wholes('perm', 0);
  if (
    new Set(axes).size !== x.shape.length ||
    axes.length !== x.shape.length ||
    Math.max(-1, ...axes) >= axes.length
  )
    throw new Error(`its setting 'perm' is no order of ${x.shape.length} axes`);
  return moved(
    axes.map((axis) => sizeAt(x, axis)),
    x,
  );
}

function reverse(call: KernelCall): Outcome {
  const x = call.input('x');
  call.axes('dims', x);
  return moved(x.shape, x);
}

function slice(call: KernelCall): Outcome {
  const x = call.input('x');
  const parts = (name: string, least: number) =>
    typeof call.setting(name) === 'number' ? call.whole(name, least) : call.wholes(name, least);
  const isToEnd = call.setting('size') === undefined || call.setting('size') === null;
  const wanted = isToEnd ? -1 : parts('size', -1);
  const from = { shape: [...x.shape] } as tf.Tensor;
  const [begin, size] = tf.slice_util.parseSliceParams(from, parts('begin', 0), wanted);
  tf.slice_util.assertParamsValid(from, begin as number[], size as number[]);
  return moved(size as number[], x);
}

function stridedSlice(call: KernelCall): Outcome {
  const x = call.input('x');
  const [begin, end, strides] = ['begin', 'end', 'strides'].map((name) => call.wholes(name)) as [
    number[],
    number[],
    number[],
  ];
  const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'].map((name) =>
    call.whole(name, 0),
  ) as [number, number, number, number, number];
  return moved(tf.slice_util.sliceInfo([...x.shape], begin, end, strides, ...masks).finalShape, x);
}

function concat(call: KernelCall): Outcome {
  const inputs = call.list();
  const [first] = inputs as [TensorInfo];
  const axis = call.axis('axis', first);
  for (const { shape } of inputs) {
    const isAlike =
      shape.length === first.shape.length && shape.every((size, i) => i === axis || size === first.shape[i]);
    if (!isAlike) throw new Error(`[${shape.join(', ')}] does not go beside [${first.shape.join(', ')}]`);
  }
  const total = inputs.reduce((sum, input) => sum + sizeAt(input, axis), 0);
  return moved(
    first.shape.map((size, i) => (i === axis ? total : size)),
    ...inputs,
  );
}

function pack(call: KernelCall): Outcome {
  const inputs = call.list();
  const [first] = inputs as [TensorInfo];
  const rank = first.shape.length + 1;
  const axis = call.axis('axis', { ...first, shape: new Array<number>(rank).fill(1) });
  for (const { shape } of inputs)
    if (!tf.util.arraysEqual([...shape], [...first.shape])) throw new Error('its inputs have several shapes');
  return moved([...first.shape.slice(0, axis), inputs.length, ...first.shape.slice(axis)], ...inputs);
}

function unpack(call: KernelCall): Outcome {
  const value = call.input('value');
  const axis = call.axis('axis', value);
  const count = sizeAt(value, axis);
  // Compared first: so many outputs are not to be listed.
  if (count !== call.outputCount) throw new Error(`it makes ${count} outputs, not ${call.outputCount}`);
  const shape = value.shape.filter((_, each) => each !== axis);
  return { outputs: Array.from({ length: count }, () => ({ shape, dtypes: [value.dtype] })) };
}

function split(call: KernelCall): Outcome {
  const x = call.input('x');
  const axis = call.axis('axis', x);
  const sizes = splitSizes(call, sizeAt(x, axis));
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sum !== sizeAt(x, axis)) throw new Error(`its parts have ${sum} of ${sizeAt(x, axis)} places`);
  const part = (size: number) => x.shape.map((each, i) => (i === axis ? size : each));
  return { outputs: sizes.map((size) => ({ shape: part(size), dtypes: [x.dtype] })) };
}

function splitSizes(call: KernelCall, whole: number): number[] {
  const setting = call.setting('numOrSizeSplits');
  if (typeof setting === 'number') {
    if (setting !== call.outputCount) throw new Error(`it makes ${setting} outputs, not ${call.outputCount}`);
    return new Array<number>(setting).fill(whole / setting);
  }
  if (!Array.isArray(setting) || setting.length !== call.outputCount)
    throw new Error(`its setting 'numOrSizeSplits' has no size for each of ${call.outputCount} outputs`);
  const sizes = setting.map((size: unknown) => {
    if (!Number.isSafeInteger(size) || (size as number) < -1)
      throw new Error(`${String(size)} is no size of a part`);
    return size as number;
  });
  const known = sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return sizes.map((size) => (size < 0 ? whole - known : size));
}

function tile(call: KernelCall): Outcome {
  const x = call.input('x');
  const repeats = call.wholes('reps', 0);
  if (repeats.length !== x.shape.length)
    throw new Error(`it has ${repeats.length} repeats for ${x.shape.length} axes`);
  return moved(
    x.shape.map((size, axis) => size * (repeats[axis] as number)),
    x,
  );
}

function pad(call: KernelCall): Outcome {
  const x = call.input('x');
  const paddings = call.pairs('paddings');
  checkRank({ ...x, shape: paddings.flat() }, 2 * x.shape.length, 'list of paddings');
  call.checkOptionalNumber('constantValue');
  return moved(
    x.shape.map((size, axis) => size + (paddings[axis] as number[]).reduce((sum, each) => sum + each, 0)),
    x,
  );
}

function mirrorPad(call: KernelCall): Outcome {
  const mode = call.oneOf('mode', ['reflect', 'symmetric']);
  const { shape } = call.input('x');
  call.pairs('paddings').forEach((pair, axis) => {
    const most = (shape[axis] ?? 0) - (mode === 'reflect' ? 1 : 0);
    if (Math.max(...pair) > most) throw new Error(`it mirrors more than the ${most} places that there are`);
  });
  return pad(call);
}

function spaceToBatch(call: KernelCall): Outcome {
  const x = call.input('x');
  const blocks = call.wholes('blockShape', 1);
  const paddings = call.pairs('paddings');
  if (blocks.length !== paddings.length || blocks.length >= x.shape.length)
    throw new Error(
      `it has ${blocks.length} blocks and ${paddings.length} paddings for ${x.shape.length} axes`,
    );
  const shape = x.shape.map((size, axis) => {
    const block = blocks[axis - 1];
    const [before, after] = paddings[axis - 1] ?? [0, 0];
    return block === undefined ? size : (size + before + after) / block;
  });
  shape[0] = sizeAt(x, 0) * blocks.reduce((product, each) => product * each, 1);
  return moved(shape, x);
}

function batchToSpace(call: KernelCall): Outcome {
  const x = call.input('x');
  const blocks = call.wholes('blockShape', 1);
  const crops = call.pairs('crops');
  if (blocks.length !== crops.length || blocks.length >= x.shape.length)
    throw new Error(`it has ${blocks.length} blocks and ${crops.length} crops for ${x.shape.length} axes`);
  const shape = x.shape.map((size, axis) => {
    const [before, after] = crops[axis - 1] ?? [0, 0];
    return size * (blocks[axis - 1] ?? 1) - before - after;
  });
  shape[0] = sizeAt(x, 0) / blocks.reduce((product, each) => product * each, 1);
  return moved(shape, x);
}

function depthToSpace(call: KernelCall): Outcome {
  const x = call.input('x');
  checkRank(x, 4, 'input');
  const block = call.whole('blockSize', 1);
  const [batch, a, b, c] = x.shape as [number, number, number, number];
  return call.oneOf('dataFormat', ['NHWC', 'NCHW']) === 'NHWC'
    ? moved([batch, a * block, b * block, c / block ** 2], x)
    : moved([batch, a / block ** 2, b * block, c * block], x);
}

function broadcastTo(call: KernelCall): Outcome {
  const x = call.input('x');
  const shape = call.wholes('shape', 0);
  const isOneOfMany = (size: number, axis: number) =>
    size === 1 || size === shape[axis + shape.length - x.shape.length];
  if (shape.length < x.shape.length || !x.shape.every(isOneOfMany))
    throw new Error(`[${x.shape.join(', ')}] does not broadcast to [${shape.join(', ')}]`);
  return moved(shape, x);
}

/** Kernels that move numbers. */
export const LAYOUT: Readonly<Record<string, Rule>> = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Transpose: transpose,
  Reverse: reverse,
  Slice: slice,
  StridedSlice: stridedSlice,
  Concat: concat,
  Pack: pack,
  Unpack: unpack,
  SplitV: split,
  Tile: tile,
  PadV2: pad,
  MirrorPad: mirrorPad,
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  DepthToSpace: depthToSpace,
  BroadcastTo: broadcastTo,
  Diag: (call) => moved([...call.input('x').shape, ...call.input('x').shape], call.input('x')),
};
