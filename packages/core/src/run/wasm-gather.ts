import * as tf from '@tensorflow/tfjs';

/** The parts of tfjs's WebAssembly backend that are used; its class is known only where it is loaded. */
interface Backend {
  readonly wasm: { readonly HEAPU8: Uint8Array };
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  readSync(dataId: tf.DataId): Int32Array;
}

/**
 * `GatherV2` for the WebAssembly backend by copying whole slices: with batch axes tfjs's own reads memory beside the tensor,
 * and without it takes far longer for the rows of an embedding. The guard of kernels has checked the indices.
 */
export const gather: tf.KernelFunc = ({ inputs, backend: current, attrs }) => {
  const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
  const { axis, batchDims } = attrs as { axis: number; batchDims: number };
  const backend = current as unknown as Backend;
  const [parsedAxis = 0] = tf.util.parseAxisParam(axis, x.shape);
  const { segment_util: segments } = tf.backend_util;
  const info = segments.collectGatherOpShapeInfo(x, indices, parsedAxis, batchDims);
  const rows = backend.readSync(indices.dataId);
  const out = backend.makeOutput(info.outputShape, x.dtype);
  const width = info.sliceSize * tf.util.bytesPerElement(x.dtype);
  if (width === 0) return out;
  const from = backend.dataIdMap.get(x.dataId).memoryOffset;
  const { HEAPU8: heap } = backend.wasm;
  const perBatch = rows.length / info.batchSize;
  let to = backend.dataIdMap.get(out.dataId).memoryOffset;
  for (let batch = 0; batch < info.batchSize; batch += 1) {
    const picked = rows.subarray(batch * perBatch, (batch + 1) * perBatch);
    for (let outer = 0; outer < info.outerSize; outer += 1) {
      const start = from + (batch * info.outerSize + outer) * info.dimSize * width;
      for (const row of picked) {
        heap.copyWithin(to, start + row * width, start + (row + 1) * width);
        to += width;
      }
    }
  }
  return out;
};
