import { SliceError } from '../errors.js';
import { MAX_ENTRIES, MAX_RANK, sizeOf } from './nested.js';
import { all, type Range } from './slice.js';
import {
  broadcastPositions,
  broadcastShapes,
  type Positions,
  truePositions,
  withinBounds,
} from './slice-advanced.js';
import type { Index } from './slice-items.js';

/** What an index selects of a shape, as walks along its axes. */
export interface Selection {
  /** Shape of what is selected. */
  readonly shape: readonly number[];
  /**
   * Lengths of the walks, the outermost first. They have the sizes of `shape`, but that the broadcast
   * shape of the index arrays is one walk.
   */
  readonly walks: readonly number[];
  /** For each axis of the source which walk moves along it, and its position at each step. */
  readonly axes: readonly { readonly walk: number; readonly positions: Int32Array }[];
}

/** An item with the first axis that it stands for and its place among all items. */
interface Placed {
  readonly index: Exclude<Index, { kind: 'rest' }>;
  readonly axis: number;
  readonly order: number;
}

/**
 * Applies an index to a shape with NumPy's rules: index arrays broadcast together, masks counting as
 * their true positions, and make one walk, which comes first where other items stand between them.
 * Plain positions beside index arrays are such arrays of shape [].
 * @throws SliceError naming the axis and the shape
 */
export function selectAxes(items: readonly Index[], source: readonly number[]): Selection {
  const placed = place(items, source);
  const advanced = placed.filter(({ index }) => index.kind !== 'range');
  const arrays = advanced.flatMap((item) => positionsOf(item, source));
  const joint = broadcastShapes(arrays.map(({ shape }) => shape));
  const ranges = placed.flatMap(({ index, axis, order }) =>
    index.kind === 'range' ? [{ axis, order, positions: rangePositions(index, source[axis] as number) }] : [],
  );

  const [first] = advanced;
  const isApart = advanced.some(({ order }, i) => order - i !== first?.order);
  const before = isApart ? 0 : ranges.filter(({ order }) => order < (first?.order ?? 0)).length;
  const lengths = ranges.map(({ positions }) => positions.length);
  const shape = lengths.toSpliced(before, 0, ...joint);
  checkSelected(shape, source);

  const axes: { walk: number; positions: Int32Array }[] = new Array(source.length);
  for (const array of arrays)
    axes[array.axis] = { walk: before, positions: broadcastPositions(array, joint) };
  ranges.forEach(({ axis, positions }, i) => {
    axes[axis] = { walk: i < before ? i : i + 1, positions };
  });
  return { shape, walks: lengths.toSpliced(before, 0, sizeOf(joint)), axes };
}

/** Gives each item its axes; `...`, or the end without it, becomes `:` for those left over. */
function place(items: readonly Index[], source: readonly number[]): Placed[] {
  const rests = items.filter(({ kind }) => kind === 'rest').length;
  if (rests > 1) throw new SliceError("An index can have only one '...'.");
  const taken = items.reduce((sum, index) => sum + widthOf(index), 0);
  const left = source.length - taken;
  if (left < 0) {
    throw new SliceError(
      `There are indices for ${taken} axes, and shape [${source.join(', ')}] has ${source.length}.`,
    );
  }
  const placed: Placed[] = [];
  let axis = 0;
  const complete: readonly Index[] = rests === 1 ? items : [...items, { kind: 'rest' }];
  complete.forEach((index, order) => {
    if (index.kind !== 'rest') {
      placed.push({ index, axis, order });
      axis += widthOf(index);
    } else {
      const end = axis + left;
      for (; axis < end; axis += 1) placed.push({ index: all, axis, order });
    }
  });
  return placed;
}

function widthOf(index: Index): number {
  if (index.kind === 'mask') return index.shape.length;
  return index.kind === 'rest' ? 0 : 1;
}

function positionsOf({ index, axis }: Placed, source: readonly number[]): Positions[] {
  switch (index.kind) {
    case 'range':
      return [];
    case 'position':
      return [withinBounds([], [index.at], axis, source)];
    case 'positions':
      return [withinBounds(index.shape, index.values, axis, source)];
    case 'mask':
      return truePositions(index, axis, source);
  }
}

function checkSelected(shape: readonly number[], source: readonly number[]): void {
  const selected = `The slice selects [${shape.join(', ')}] of shape [${source.join(', ')}]`;
  if (shape.length > MAX_RANK) {
    throw new SliceError(`${selected}, which has more than the ${MAX_RANK} axes that tensors can have.`);
  }
  if (sizeOf(shape) > Math.max(sizeOf(source), MAX_ENTRIES)) {
    throw new SliceError(`${selected}, more than the ${MAX_ENTRIES} entries that a slice may repeat.`);
  }
}

/** Python's `slice.indices`. */
function rangePositions({ start, stop, step }: Range, size: number): Int32Array {
  const lower = step > 0 ? 0 : -1;
  const upper = step > 0 ? size : size - 1;
  const clamp = (bound: number) => Math.min(upper, Math.max(lower, bound < 0 ? bound + size : bound));
  const first = start === null ? (step > 0 ? lower : upper) : clamp(start);
  const last = stop === null ? (step > 0 ? upper : lower) : clamp(stop);
  const length = Math.max(0, Math.ceil((last - first) / step));
  return Int32Array.from({ length }, (_, i) => first + i * step);
}
