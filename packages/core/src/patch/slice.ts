import type { Nested } from './nested.js';

/** `start:stop:step` of NumPy; a missing bound is null. */
export interface Range {
  readonly kind: 'range';
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;
}

/**
 * One item of an index, as plain data: a position, a range, positions or a mask in nested arrays, or
 * `...` for the axes left over. A mask stands for as many axes as it is deep, anything else for one.
 */
export type PlainSliceItem = number | Range | Nested<number> | Nested<boolean> | '...';

/** All of an axis: `:`. */
export const all: Range = { kind: 'range', start: null, stop: null, step: 1 };

/** A range of an axis like Python's `slice(start, stop, step)`; null leaves a bound out. */
export function range(start: number | null = null, stop: number | null = null, step = 1): Range {
  return { kind: 'range', start, stop, step };
}
