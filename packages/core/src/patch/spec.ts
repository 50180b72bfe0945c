import * as tf from '@tensorflow/tfjs';
import { SliceError } from '../errors.js';
import { readIndexTensor } from './index-tensors.js';
import type { PlainSliceItem } from './slice.js';
import { type Index, isUnchanged, toIndex } from './slice-items.js';
import { SliceMemo } from './slice-memo.js';
import { type ResolvedSlice, resolveSlice } from './slice-plan.js';
import { readSliceText } from './slice-text.js';

/**
 * One item of a slice in array form: a position, `all` or another range, positions or a mask in nested
 * arrays, the same as a tensor, or `'...'`.
 *
 * Tensors are int32 (positions) or bool (a mask). They stay the caller's, and their values are read
 * synchronously when the slice is first used; values that only a GPU holds are better read before,
 * with `await tensor.array()`, as WebGPU waits for such a read and may refuse it.
 */
export type SliceItem = PlainSliceItem | tf.Tensor;

/**
 * A slice as users write it: `':, 5:8, 2'`, or `[all, range(5, 8), 2]`. Left out: everything. Indexing
 * is NumPy's, but that nothing adds an axis, and that booleans stand in lists only.
 */
export type SliceSpec = string | readonly SliceItem[];

/** How many slices in text form are kept, and for each slice in array form for how many shapes. */
const [TEXTS_KEPT, SHAPES_KEPT] = [64, 4];
const texts = new SliceMemo(TEXTS_KEPT);
const arrays = new WeakMap<readonly SliceItem[], { indices: readonly Index[]; slices: SliceMemo }>();

/**
 * The slice for a tensor's shape, or null for everything. Slices are kept, so that runs which use the
 * same text or the same array, unchanged, resolve it once.
 * @throws SliceError
 */
export function sliceFor(spec: SliceSpec | undefined, shape: readonly number[]): ResolvedSlice | null {
  if (spec === undefined) return null;
  if (typeof spec === 'string') {
    return texts.get(`${shape.join()}|${spec}`, () => resolveSlice(readSliceText(spec).map(toIndex), shape));
  }
  const { indices, slices } = readArray(spec);
  return slices.get(shape.join(), () => resolveSlice(indices, shape));
}

function readArray(spec: readonly SliceItem[]): { indices: readonly Index[]; slices: SliceMemo } {
  if (!Array.isArray(spec)) {
    throw new SliceError("A slice is text such as ':, 5:8', or an array such as [all, range(5, 8)].");
  }
  const known = arrays.get(spec);
  const isKnown = (items: readonly SliceItem[]) =>
    items.length === known?.indices.length &&
    known.indices.every((index, i) => isSame(items[i] as SliceItem, index));
  if (known !== undefined && isKnown(spec)) return known;
  const read = { indices: Array.from(spec, readItem), slices: new SliceMemo(SHAPES_KEPT) };
  arrays.set(spec, read);
  return read;
}

function readItem(item: SliceItem): Index {
  return item instanceof tf.Tensor ? readIndexTensor(item) : toIndex(item);
}

function isSame(item: SliceItem, index: Index): boolean {
  return item instanceof tf.Tensor ? readIndexTensor(item) === index : isUnchanged(item, index);
}
