import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';
import { assignSlice, readSlice } from './indexing.js';
import { parseSlice, type ResolvedSlice, resolveSlice, type SliceItem } from './slice.js';

/** A slice as users write it: `':, 5:8, 2'`, or `[all, range(5, 8), 2]`. Left out: everything. */
export type SliceSpec = string | readonly SliceItem[];

/** Numbers for a patch: one, nested arrays, or a tensor, which stays the caller's. */
export type PatchValue = number | NestedNumbers | tf.Tensor;
/** Numbers in arrays of equal lengths, to any depth. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/** The slice for a tensor's shape, or null for everything. */
export function sliceFor(spec: SliceSpec | undefined, shape: readonly number[]): ResolvedSlice | null {
  return spec === undefined ? null : resolveSlice(parseSlice(spec), shape);
}

/**
 * Fails early if `value` does not broadcast to what the slice selects.
 * @throws SliceError, PatchError
 */
export function checkValue(value: PatchValue, spec: SliceSpec | undefined, target: TensorInfo): void {
  const selected = sliceFor(spec, target.shape)?.shape ?? target.shape;
  const shape = shapeOf(value);
  const lacking = shape.length - selected.length;
  const fits = shape.every(
    (size, axis) => size === 1 || (axis >= lacking && size === selected[axis - lacking]),
  );
  if (!fits) {
    throw new PatchError(
      `A value of shape [${shape.join(', ')}] does not broadcast to the selected shape [${selected.join(', ')}].`,
    );
  }
  if (!(value instanceof tf.Tensor) && !flatten(value).every(RANGES[target.dtype] ?? Number.isFinite)) {
    throw new PatchError(`A tensor of ${target.dtype} cannot hold ${JSON.stringify(value)}.`);
  }
}

/** Replaces the selected part of `tensor` by `change(part)`; the result is a new tensor. */
export function changeSlice(
  tensor: tf.Tensor,
  spec: SliceSpec | undefined,
  change: (part: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const slice = sliceFor(spec, tensor.shape);
  if (slice === null) return change(tensor);
  return assignSlice(tensor, slice, change(readSlice(tensor, slice)));
}

/** `value` as a tensor of the dtype and shape of `part`, broadcast as NumPy assigns. */
export function broadcastLike(value: PatchValue, part: tf.Tensor): tf.Tensor {
  const given = value instanceof tf.Tensor ? value : tf.tensor(value as tf.TensorLike, undefined, part.dtype);
  const squeezed = given.rank > part.rank ? given.reshape(given.shape.slice(given.rank - part.rank)) : given;
  const cast = squeezed.dtype === part.dtype ? squeezed : squeezed.cast(part.dtype);
  // Unlike broadcastTo, adding to zeros exists on every backend; -0 is the only value it changes.
  return tf.util.arraysEqual(cast.shape, part.shape) ? cast : tf.add(tf.zeros(part.shape, part.dtype), cast);
}

/** What tensors of each dtype hold; float32 also the infinities and NaN. */
const RANGES: Readonly<Record<string, (value: number) => boolean>> = {
  float32: (value) => !Number.isFinite(value) || Number.isFinite(Math.fround(value)),
  int32: (value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  bool: (value) => value === 0 || value === 1,
};

function flatten(value: number | NestedNumbers): number[] {
  return typeof value === 'number' ? [value] : value.flatMap(flatten);
}

function shapeOf(value: PatchValue): readonly number[] {
  if (typeof value === 'number') return [];
  return value instanceof tf.Tensor ? value.shape : nestedShape(value);
}

function nestedShape(value: number | NestedNumbers): number[] {
  if (typeof value === 'number') return [];
  if (!Array.isArray(value))
    throw new PatchError(`A patch value is a number, nested arrays or a tensor, not ${typeof value}.`);
  const shapes = value.map(nestedShape);
  const [first = []] = shapes;
  if (!shapes.every((shape) => tf.util.arraysEqual(shape, first))) {
    throw new PatchError('The nested arrays of a patch value must all have the same lengths.');
  }
  return [value.length, ...first];
}
