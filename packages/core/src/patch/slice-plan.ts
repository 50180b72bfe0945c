import { sizeOf } from './nested.js';
import type { Index } from './slice-items.js';
import { type Selection, selectAxes } from './slice-selection.js';

/** A slice applied to a shape: entries of a box, read or assigned in two steps. */
export interface ResolvedSlice {
  /** Shape of what it selects. */
  readonly shape: readonly number[];
  /** The smallest box that holds everything selected; null: the whole tensor. */
  readonly box: Box | null;
  /** What is selected within the box; null: everything, in order. */
  readonly rows: Rows | null;
}

/** A contiguous part of a tensor that is seen in `shape`, in which as few axes as possible are left. */
export interface Box {
  readonly shape: readonly number[];
  readonly begin: readonly number[];
  readonly size: readonly number[];
}

/** Rows picked from a box that is seen as `[outer, count, inner]`, along the middle axis. */
export class Rows {
  #replaced: Int32Array | undefined;

  constructor(
    readonly outer: number,
    readonly count: number,
    readonly inner: number,
    /** The row that stands at each place of the selection. */
    readonly picked: Int32Array,
  ) {}

  /**
   * For each row what it is after an assignment: itself, or `count + i` for the i-th assigned row. Of
   * rows assigned twice the last one counts.
   */
  get replaced(): Int32Array {
    if (this.#replaced === undefined) {
      const replaced = Int32Array.from({ length: this.count }, (_, row) => row);
      this.picked.forEach((row, i) => {
        replaced[row] = this.count + i;
      });
      this.#replaced = replaced;
    }
    return this.#replaced;
  }
}

/**
 * Applies an index to a shape.
 * @throws SliceError if it does not fit
 */
export function resolveSlice(items: readonly Index[], source: readonly number[]): ResolvedSlice {
  const selection = selectAxes(items, source);
  const { shape, axes } = selection;
  if (shape.includes(0)) return { shape, box: null, rows: null };
  const begin = axes.map(({ positions }) => positions.reduce((least, at) => Math.min(least, at)));
  const size = axes.map(
    ({ positions }, axis) => positions.reduce((most, at) => Math.max(most, at)) + 1 - (begin[axis] as number),
  );
  return { shape, box: mergeAxes({ shape: source, begin, size }), rows: findRows(selection, begin, size) };
}

/** The same box with neighbouring axes as one, wherever it is one contiguous part of them. */
function mergeAxes({ shape, begin, size }: Box): Box | null {
  const merged: { length: number; begin: number; size: number }[] = [];
  shape.forEach((length, axis) => {
    const next = { length, begin: begin[axis] as number, size: size[axis] as number };
    const last = merged.at(-1);
    if (last === undefined || (last.size > 1 && next.size < next.length)) {
      merged.push(next);
    } else {
      last.length *= next.length;
      last.begin = last.begin * next.length + next.begin;
      last.size *= next.size;
    }
  });
  if (merged.every((axis) => axis.size === axis.length)) return null;
  return {
    shape: merged.map((axis) => axis.length),
    begin: merged.map((axis) => axis.begin),
    size: merged.map((axis) => axis.size),
  };
}

/** Axes at both ends that are walked through whole and in order need no picking; between them are rows. */
function findRows(
  { walks, axes }: Selection,
  begin: readonly number[],
  size: readonly number[],
): Rows | null {
  const moving = axes
    .map((each, axis) => ({ ...each, begin: begin[axis] as number, size: size[axis] as number }))
    .filter((axis) => axis.size > 1);
  const moves = walks.map((_, walk) => walk).filter((walk) => walks[walk] !== 1);
  const isWhole = (at: number) => {
    const axis = moving.at(at);
    if (axis === undefined || axis.walk !== moves.at(at)) return false;
    const isAlone = moving.every((other) => other === axis || other.walk !== axis.walk);
    return isAlone && axis.positions.every((position, i) => position === axis.begin + i);
  };
  let first = 0;
  while (isWhole(first)) first += 1;
  let last = 0;
  while (first + last < moving.length && isWhole(-1 - last)) last += 1;

  const product = (some: typeof moving) => sizeOf(some.map((axis) => axis.size));
  const middle = moving.slice(first, moving.length - last);
  let picked = Int32Array.of(0);
  for (const walk of moves.slice(first, moves.length - last)) {
    const offsets = new Int32Array(walks[walk] as number);
    middle.forEach((axis, place) => {
      if (axis.walk !== walk) return;
      const stride = product(middle.slice(place + 1));
      axis.positions.forEach((position, i) => {
        offsets[i] = (offsets[i] as number) + (position - axis.begin) * stride;
      });
    });
    picked = sums(picked, offsets);
  }
  const count = product(middle);
  if (picked.length === count && picked.every((row, i) => row === i)) return null;
  return new Rows(
    product(moving.slice(0, first)),
    count,
    product(moving.slice(moving.length - last)),
    picked,
  );
}

/** All sums of an entry of each, row-major. */
function sums(outer: Int32Array, inner: Int32Array): Int32Array<ArrayBuffer> {
  const all = new Int32Array(outer.length * inner.length);
  outer.forEach((sum, i) => {
    inner.forEach((offset, j) => {
      all[i * inner.length + j] = sum + offset;
    });
  });
  return all;
}
