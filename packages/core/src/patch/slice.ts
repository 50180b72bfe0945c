import { SliceError } from '../errors.js';

/** `start:stop:step` of NumPy; a missing bound is null. */
export interface Range {
  readonly kind: 'range';
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;
}

/** One item of an index: a position, a range, a list of positions, or `...` for the axes left over. */
export type SliceItem = number | Range | readonly number[] | '...';

/** All of an axis: `:`. */
export const all: Range = { kind: 'range', start: null, stop: null, step: 1 };

/** A range of an axis like Python's `slice(start, stop, step)`; null leaves a bound out. */
export function range(start: number | null = null, stop: number | null = null, step = 1): Range {
  return { kind: 'range', start, stop, step };
}

/** An index applied to a shape. */
export interface ResolvedSlice {
  /** The shape that it was resolved for. */
  readonly source: readonly number[];
  /** Shape of what it selects. */
  readonly shape: readonly number[];
  /** Offset into the row-major source of every selected entry, row-major over `shape`. */
  readonly offsets: Int32Array;
  /** True where it selects every entry in order. */
  readonly isAll: boolean;
}

/**
 * Reads slice text such as `':, 5:8, 2'`, `'..., -1'` or `'[0, 2], ::2'`; arrays are checked and
 * returned. Empty text selects everything.
 * @throws SliceError
 */
export function parseSlice(spec: string | readonly SliceItem[]): SliceItem[] {
  const items = typeof spec === 'string' ? splitItems(spec).map(parseItem) : spec.map(checkItem);
  if (items.filter((item) => item === '...').length > 1)
    throw new SliceError("An index can have only one '...'.");
  return items;
}

/**
 * Applies an index to a shape with NumPy's rules. Lists of positions broadcast together; where they
 * stand apart, their axes come first in the result, as in NumPy.
 * @throws SliceError naming the axis and the shape
 */
export function resolveSlice(items: readonly SliceItem[], source: readonly number[]): ResolvedSlice {
  const expanded = expand(items, source);
  const strides = source.map((_, axis) =>
    source.slice(axis + 1).reduce((product, size) => product * size, 1),
  );
  const axes = expanded.map((item, axis) =>
    positions(item, axis, source).map((at) => at * (strides[axis] as number)),
  );
  const isAdvanced = (axis: number) => typeof expanded[axis] === 'number' || Array.isArray(expanded[axis]);
  const lists = expanded.map((_, axis) => axis).filter((axis) => Array.isArray(expanded[axis]));
  const advanced = lists.length > 0 ? expanded.map((_, axis) => axis).filter(isAdvanced) : [];

  const joint = jointOffsets(
    advanced.map((axis) => axes[axis] as number[]),
    source,
  );
  const isSplit = advanced.some((axis, i) => i > 0 && axis !== (advanced[i - 1] as number) + 1);
  const dimensions: number[][] = [];
  if (isSplit) dimensions.push(joint);
  let fixed = 0;
  expanded.forEach((item, axis) => {
    const offsets = axes[axis] as number[];
    if (advanced.includes(axis)) {
      if (!isSplit && axis === advanced[0]) dimensions.push(joint);
    } else if (typeof item === 'number') {
      fixed += offsets[0] as number;
    } else {
      dimensions.push(offsets);
    }
  });
  const offsets = outerSums(dimensions, fixed);
  const shape = dimensions.map(({ length }) => length);
  const size = source.reduce((product, each) => product * each, 1);
  const isAll =
    offsets.length === size && offsets.every((offset, i) => offset === i) && shape.length === source.length;
  return { source: [...source], shape, offsets, isAll };
}

/** Splits at commas that stand outside of brackets. */
function splitItems(text: string): string[] {
  if (text.trim() === '') return [];
  const items = text.split(/,(?![^[]*\])/).map((item) => item.trim());
  // A trailing comma, as in Python's `a[0,]`, adds nothing.
  if (items.at(-1) === '' && items.length > 1) items.pop();
  return items;
}

function parseItem(text: string): SliceItem {
  if (text === '...') return '...';
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  const bounds = /^([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?)?$/.exec(text);
  if (bounds !== null) {
    const [start, stop, step] = bounds.slice(1).map((bound) => (bound === undefined ? null : Number(bound)));
    return checkItem(range(start ?? null, stop ?? null, step ?? 1));
  }
  const list = /^\[\s*(?:([+-]?\d+(?:\s*,\s*[+-]?\d+)*)\s*,?)?\s*\]$/.exec(text);
  if (list !== null) return list[1] === undefined ? [] : list[1].split(',').map(Number);
  throw new SliceError(`'${text}' is no index; write 3, -1, 5:8, ::2, :, ... or [0, 2].`);
}

function checkItem(item: SliceItem): SliceItem {
  if (item === '...') return item;
  const numbers =
    typeof item === 'number' ? [item] : 'kind' in item ? [item.start ?? 0, item.stop ?? 0, item.step] : item;
  if (!numbers.every(Number.isSafeInteger)) throw new SliceError('Indices must be whole numbers.');
  if (typeof item === 'object' && 'kind' in item && item.step === 0)
    throw new SliceError('The step of a range cannot be 0.');
  return item;
}

/** One item for each axis: `...` and missing ones become `:`. */
function expand(items: readonly SliceItem[], shape: readonly number[]): Exclude<SliceItem, '...'>[] {
  const given = items.filter((item) => item !== '...');
  if (given.length > shape.length) {
    throw new SliceError(
      `There are ${given.length} indices for shape [${shape.join(', ')}], which has ${shape.length} axes.`,
    );
  }
  const missing = new Array<Range>(shape.length - given.length).fill(all);
  const gap = items.indexOf('...');
  return gap < 0 ? [...given, ...missing] : [...given.slice(0, gap), ...missing, ...given.slice(gap)];
}

function positions(item: Exclude<SliceItem, '...'>, axis: number, shape: readonly number[]): number[] {
  const size = shape[axis] as number;
  if (typeof item === 'object' && 'kind' in item) return rangePositions(item, size);
  return (typeof item === 'number' ? [item] : item).map((index) => {
    if (index < -size || index >= size) {
      throw new SliceError(
        `Index ${index} is out of bounds for axis ${axis} of size ${size}, in shape [${shape.join(', ')}].`,
      );
    }
    return index < 0 ? index + size : index;
  });
}

/** Python's `slice.indices`. */
function rangePositions({ start, stop, step }: Range, size: number): number[] {
  const lower = step > 0 ? 0 : -1;
  const upper = step > 0 ? size : size - 1;
  const clamp = (bound: number) => Math.min(upper, Math.max(lower, bound < 0 ? bound + size : bound));
  const first = start === null ? (step > 0 ? lower : upper) : clamp(start);
  const last = stop === null ? (step > 0 ? upper : lower) : clamp(stop);
  const count = Math.max(0, Math.ceil((last - first) / step));
  return Array.from({ length: count }, (_, i) => first + i * step);
}

/** Offsets of lists that are walked together; those of length 1 are repeated. */
function jointOffsets(lists: readonly number[][], shape: readonly number[]): number[] {
  const length = lists.find((list) => list.length !== 1)?.length ?? 1;
  if (lists.some((list) => list.length !== 1 && list.length !== length)) {
    const lengths = lists.map((list) => list.length).join(' and ');
    throw new SliceError(`Lists of ${lengths} positions do not go together, in shape [${shape.join(', ')}].`);
  }
  return Array.from({ length }, (_, i) =>
    lists.reduce((sum, list) => sum + (list[list.length === 1 ? 0 : i] as number), 0),
  );
}

/** Row-major sums of one offset from each dimension. */
function outerSums(dimensions: readonly number[][], fixed: number): Int32Array {
  let sums = Int32Array.of(fixed);
  for (const offsets of dimensions) {
    const next = new Int32Array(sums.length * offsets.length);
    sums.forEach((sum, i) => {
      offsets.forEach((offset, j) => {
        next[i * offsets.length + j] = sum + offset;
      });
    });
    sums = next;
  }
  return sums;
}
