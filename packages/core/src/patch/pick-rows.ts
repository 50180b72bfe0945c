import * as tf from '@tensorflow/tfjs';

/**
 * Rows `picked` of `x` `[outer, count, inner]` along its middle axis: `[outer, picked.length, inner]`.
 * Gradients flow to `x`.
 */
export function pickRows(x: tf.Tensor3D, picked: Int32Array): tf.Tensor3D {
  const [outer, count, inner] = x.shape;
  const rowsFirst = outer === 1 ? x : x.transpose([1, 0, 2]);
  const rows = gatherRows(rowsFirst.reshape([count, outer * inner]), picked);
  return outer === 1
    ? rows.reshape([1, picked.length, inner])
    : rows.reshape<tf.Tensor3D>([picked.length, outer, inner]).transpose([1, 0, 2]);
}

/**
 * Rows of a matrix. `gatherND` copies whole rows where wasm's `gather` copies single numbers, a hundred
 * times slower. tfjs knows no gradient of it; adding up what each row gave is one.
 */
function gatherRows(x: tf.Tensor2D, picked: Int32Array): tf.Tensor {
  const indices = () => tf.tensor2d(picked, [picked.length, 1], 'int32');
  return tf.customGrad((matrix) => ({
    value: tf.gatherND(matrix as tf.Tensor, indices()),
    gradFunc: (dy: tf.Tensor) => tf.scatterND(indices(), dy, x.shape),
  }))(x);
}
