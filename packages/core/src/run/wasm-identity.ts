import type * as tf from '@tensorflow/tfjs';

/**
 * `Identity` for the WebAssembly backend: a clone that shares the numbers, as on the other backends. tfjs's own copies
 * them, so that a kept run would hold all weights of its model once more.
 */
export const identity: tf.KernelFunc = ({ inputs, backend }) => {
  const { dataId, shape, dtype } = inputs.x as tf.TensorInfo;
  (backend as tf.KernelBackend).incRef(dataId);
  return { dataId, shape, dtype };
};
