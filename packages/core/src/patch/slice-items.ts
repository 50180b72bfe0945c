import { SliceError } from '../errors.js';
import { flattenNested } from './nested.js';
import type { PlainSliceItem, Range } from './slice.js';

/** Positions along one axis, or a mask over as many axes as it has. */
export interface IndexArray {
  readonly kind: 'positions' | 'mask';
  readonly shape: readonly number[];
  /** Row-major; of a mask 0 or 1. */
  readonly values: ArrayLike<number>;
}

/** A checked item of an index. `rest` is `...`. */
export type Index =
  | { readonly kind: 'position'; readonly at: number }
  | { readonly kind: 'rest' }
  | Range
  | IndexArray;

/**
 * Checks an item and brings it into the form that slices are resolved from.
 * @throws SliceError
 */
export function toIndex(item: PlainSliceItem): Index {
  if (typeof item === 'number') return { kind: 'position', at: whole(item) };
  if (item === '...') return { kind: 'rest' };
  if (Array.isArray(item)) return toIndexArray(item);
  if (isRange(item)) return checkRange(item);
  throw noIndex(item);
}

/** True if the item still says what `index` was made from. */
export function isUnchanged(item: PlainSliceItem, index: Index): boolean {
  switch (index.kind) {
    case 'position':
      return item === index.at;
    case 'rest':
      return item === '...';
    case 'range':
      return (
        isRange(item) && item.start === index.start && item.stop === index.stop && item.step === index.step
      );
    case 'positions':
    case 'mask':
      return Array.isArray(item) && holdsValues(item, index);
  }
}

function toIndexArray(nested: readonly unknown[]): IndexArray {
  const { shape, leaves } = flattenNested(
    nested,
    (problem) => new SliceError(`The lists of an index ${problem}.`),
  );
  if (typeof leaves[0] !== 'boolean') return { kind: 'positions', shape, values: Array.from(leaves, whole) };
  const mixed = leaves.findIndex((leaf) => typeof leaf !== 'boolean');
  if (mixed >= 0) throw new SliceError(`A mask holds only true and false, not ${shown(leaves[mixed])}.`);
  return { kind: 'mask', shape, values: Array.from(leaves, Number) };
}

function whole(value: unknown): number {
  if (typeof value === 'boolean') throw new SliceError('A list holds positions or true and false, not both.');
  if (typeof value !== 'number')
    throw new SliceError(`A list of an index holds whole numbers, not ${shown(value)}.`);
  if (Number.isSafeInteger(value)) return value;
  const reason = Number.isInteger(value) ? 'of at most 2^53 - 1 in size' : 'whole numbers';
  throw new SliceError(`Indices are ${reason}, not ${value}.`);
}

function isRange(item: unknown): item is Range {
  return typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'range';
}

function checkRange({ start, stop, step }: Range): Range {
  for (const bound of [start, stop, step]) if (bound !== null) whole(bound);
  if (step === null || step === 0) throw new SliceError('The step of a range cannot be 0.');
  return { kind: 'range', start, stop, step };
}

function noIndex(item: unknown): SliceError {
  if (item === null) return new SliceError('A slice adds no axes: leave null (newaxis, None) out.');
  if (typeof item === 'boolean') {
    return new SliceError(`${item} alone is no index; a mask is a list with an entry for each position.`);
  }
  return new SliceError(
    `${shown(item)} is no index; use a whole number, range(5, 8), all, '...', a nested array or a tensor.`,
  );
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.slice(0, 40)}'`
    : typeof value === 'object'
      ? 'an object'
      : String(value);
}

function holdsValues(nested: readonly unknown[], { kind, shape, values }: IndexArray): boolean {
  let at = 0;
  const matches = (entry: unknown, axis: number): boolean => {
    if (axis === shape.length) return entry === (kind === 'mask' ? values[at++] === 1 : values[at++]);
    if (!Array.isArray(entry) || entry.length !== shape[axis]) return false;
    for (let i = 0; i < entry.length; i += 1) if (!matches(entry[i], axis + 1)) return false;
    return true;
  };
  return matches(nested, 0);
}
