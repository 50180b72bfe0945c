import type * as tf from '@tensorflow/tfjs';
import { SliceError } from '../errors.js';
import type { Index } from './slice-items.js';

/** What was read, with the data that it was read from: assigning to a variable gives it other data. */
const known = new WeakMap<tf.Tensor, { readonly data: object; readonly index: Index }>();

/**
 * The values of a tensor in a slice: int32 of any rank are positions, bool of rank 1 or more a mask.
 * They are read once for each tensor, synchronously. The tensor stays the caller's.
 * @throws SliceError for other dtypes, a single boolean, and tensors that are disposed
 */
export function readIndexTensor(tensor: tf.Tensor): Index {
  const found = known.get(tensor);
  if (found !== undefined && found.data === tensor.dataId) return found.index;
  const index = read(tensor);
  known.set(tensor, { data: tensor.dataId, index });
  return index;
}

function read(tensor: tf.Tensor): Index {
  const { dtype, shape, rank } = tensor;
  if (dtype !== 'int32' && dtype !== 'bool') {
    throw new SliceError(
      `A tensor in a slice is int32 (positions) or bool (a mask), not ${dtype}; cast it first.`,
    );
  }
  if (dtype === 'bool' && rank === 0) {
    throw new SliceError('A bool tensor in a slice is a mask of rank 1 or more, not of rank 0.');
  }
  if (tensor.isDisposed)
    throw new SliceError(`The ${dtype} tensor [${shape.join(', ')}] in a slice is disposed.`);
  // A copy: on the cpu backend these are the tensor's own numbers.
  const values = tensor.dataSync().slice();
  if (dtype === 'bool') return { kind: 'mask', shape: [...shape], values };
  return rank === 0
    ? { kind: 'position', at: values[0] as number }
    : { kind: 'positions', shape: [...shape], values };
}
