import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { ResolvedSlice } from './slice.js';

/** What a slice selects of `tensor`, as a tensor of the caller's. */
export function readSlice(tensor: tf.Tensor, slice: ResolvedSlice): tf.Tensor {
  return tf.tidy(() => {
    if (slice.isAll) return tensor.clone();
    return gatherFlat(tensor, slice.offsets).reshape([...slice.shape]);
  });
}

/**
 * A tensor like `tensor` in which what the slice selects is `value`, of the slice's shape. Of offsets
 * that occur twice the last one counts, as in NumPy. Gradients flow to both.
 * @throws PatchError if the shapes differ
 */
export function assignSlice(tensor: tf.Tensor, slice: ResolvedSlice, value: tf.Tensor): tf.Tensor {
  if (!tf.util.arraysEqual(value.shape, [...slice.shape])) {
    throw new PatchError(
      `A value of shape [${value.shape.join(', ')}] does not fit the selected shape [${slice.shape.join(', ')}].`,
    );
  }
  if (slice.offsets.length === 0) return tensor.clone();
  return tf.tidy(() => {
    if (slice.isAll) return value.clone();
    const mask = new Uint8Array(tensor.size);
    const from = new Int32Array(tensor.size);
    slice.offsets.forEach((offset, i) => {
      mask[offset] = 1;
      from[offset] = i;
    });
    const spread = gatherFlat(value, from).reshape(tensor.shape);
    return tf.where(tf.tensor(mask, tensor.shape, 'bool'), spread, tensor);
  });
}

/**
 * Entries of a tensor by row-major offset, `[offsets.length]`. The gradient of tfjs's own `gather`
 * needs a kernel that wasm lacks; scattering is the same and exists everywhere.
 */
function gatherFlat(tensor: tf.Tensor, offsets: Int32Array): tf.Tensor1D {
  const indices = tf.tensor1d(offsets, 'int32');
  const flat = tensor.flatten();
  if (tensor.dtype !== 'float32') return tf.gather(flat, indices);
  const scatter = (dy: tf.Tensor) =>
    tf.scatterND(tf.tensor2d(offsets, [offsets.length, 1], 'int32'), dy, flat.shape);
  const gather = tf.customGrad((x) => ({ value: tf.gather(x as tf.Tensor1D, indices), gradFunc: scatter }));
  return gather(flat) as tf.Tensor1D;
}
