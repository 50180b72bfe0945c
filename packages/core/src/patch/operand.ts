import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';
import { assignSlice, readSlice } from './indexing.js';
import { flattenNested, type Nested } from './nested.js';
import { type SliceSpec, sliceFor } from './spec.js';

/** Numbers for a patch: one, nested arrays, or a tensor, which stays the caller's. */
export type PatchValue = number | NestedNumbers | tf.Tensor;
/** Numbers in arrays of equal lengths, to any depth. */
export type NestedNumbers = Nested<number>;

/**
 * Fails early if `value` does not broadcast to what the slice selects.
 * @throws SliceError, PatchError
 */
export function checkValue(value: PatchValue, spec: SliceSpec | undefined, target: TensorInfo): void {
  const selected = sliceFor(spec, target.shape)?.shape ?? target.shape;
  const { shape, numbers } = contentOf(value);
  const lacking = shape.length - selected.length;
  const fits = shape.every(
    (size, axis) => size === 1 || (axis >= lacking && size === selected[axis - lacking]),
  );
  if (!fits) {
    throw new PatchError(
      `A value of shape [${shape.join(', ')}] does not broadcast to the selected shape [${selected.join(', ')}].`,
    );
  }
  const canHold = RANGES[target.dtype] ?? Number.isFinite;
  const misfit = numbers.find((number) => !canHold(number));
  if (misfit !== undefined) throw new PatchError(`A tensor of ${target.dtype} cannot hold ${misfit}.`);
}

/**
 * Replaces the selected part of `tensor` by `change(part)`; the result is a new tensor. Where nothing is
 * selected, `change` is not called, as many kernels fail without entries.
 */
export function changeSlice(
  tensor: tf.Tensor,
  spec: SliceSpec | undefined,
  change: (part: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const slice = sliceFor(spec, tensor.shape);
  if (tensor.size === 0 || slice?.shape.includes(0)) return tensor.clone();
  if (slice === null) return change(tensor);
  return assignSlice(tensor, slice, change(readSlice(tensor, slice)));
}

/** `value` as a tensor of the dtype and shape of `part`, broadcast as NumPy assigns. */
export function broadcastLike(value: PatchValue, part: tf.Tensor): tf.Tensor {
  const given = value instanceof tf.Tensor ? value : tf.tensor(value as tf.TensorLike, undefined, part.dtype);
  // As many axes as the part: WebGPU fails where a vector meets five axes or more.
  const shape = part.shape.map((_, axis) => given.shape[axis - part.rank + given.rank] ?? 1);
  const aligned = given.reshape(shape);
  const cast = aligned.dtype === part.dtype ? aligned : aligned.cast(part.dtype);
  // Unlike broadcastTo, adding to zeros exists on every backend; -0 is the only value it changes.
  return tf.util.arraysEqual(cast.shape, part.shape) ? cast : tf.add(tf.zeros(part.shape, part.dtype), cast);
}

/** What tensors of each dtype hold; float32 also the infinities and NaN. */
const RANGES: Readonly<Record<string, (value: number) => boolean>> = {
  float32: (value) => !Number.isFinite(value) || Number.isFinite(Math.fround(value)),
  int32: (value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  bool: (value) => value === 0 || value === 1,
};

/** The shape of a value and, unless a tensor holds them, its numbers. */
function contentOf(value: PatchValue): { shape: readonly number[]; numbers: readonly number[] } {
  if (value instanceof tf.Tensor) return { shape: value.shape, numbers: [] };
  const { shape, leaves } = Array.isArray(value)
    ? flattenNested(value, (problem) => new PatchError(`The nested arrays of a patch value ${problem}.`))
    : { shape: [], leaves: [value] };
  for (const leaf of leaves) {
    if (typeof leaf !== 'number') {
      throw new PatchError(
        `A patch value is a number, nested arrays of numbers or a tensor, not ${typeof leaf}.`,
      );
    }
  }
  return { shape, numbers: leaves as readonly number[] };
}
