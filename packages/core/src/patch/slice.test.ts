import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SliceError } from '../errors.js';
import { parseSlice, type Range, range, resolveSlice, type SliceItem } from './slice.js';

type Nested = number | Nested[];

/** Nested arrays counting up in row-major order, as `arange(size).reshape(shape)`. */
function arange(shape: readonly number[], start = 0): Nested {
  const [size, ...rest] = shape;
  if (size === undefined) return start;
  const stride = rest.reduce((product, each) => product * each, 1);
  return Array.from({ length: size }, (_, i) => arange(rest, start + i * stride));
}

/** Indexing as NumPy defines it for integers, ranges and one list, axis by axis. */
function take(value: Nested, items: readonly Exclude<SliceItem, '...'>[]): Nested {
  const [item, ...rest] = items;
  if (item === undefined) return value;
  const axis = value as Nested[];
  const at = (index: number) => take(axis[index < 0 ? index + axis.length : index] as Nested, rest);
  if (typeof item === 'number') return at(item);
  return ('kind' in item ? walk(item, axis.length) : item).map(at);
}

/** Positions of Python's `range(*slice(start, stop, step).indices(size))`, found by trying each. */
function walk({ start, stop, step }: Range, size: number): number[] {
  const wrap = (bound: number) => (bound < 0 ? bound + size : bound);
  const positions = Array.from({ length: size }, (_, i) => (step > 0 ? i : size - 1 - i));
  const after = (i: number) => start === null || (step > 0 ? i >= wrap(start) : i <= wrap(start));
  const before = (i: number) => stop === null || (step > 0 ? i < wrap(stop) : i > wrap(stop));
  const inside = positions.filter((i) => after(i) && before(i));
  return inside.filter((_, i) => i % Math.abs(step) === 0);
}

function flatten(value: Nested): number[] {
  return typeof value === 'number' ? [value] : value.flatMap(flatten);
}

const bound = fc.option(fc.integer({ min: -7, max: 7 }));
const step = fc.integer({ min: -3, max: 3 }).filter((each) => each !== 0);
const anyRange = fc.tuple(bound, bound, step).map(([start, stop, by]) => range(start, stop, by));
const shapeAndItems = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }).chain((shape) => {
  const items = shape.map((size) => fc.oneof(anyRange, fc.integer({ min: -size, max: size - 1 })));
  return fc.tuple(fc.constant(shape), fc.tuple(...items), fc.nat(shape.length));
});

function textOf(item: SliceItem): string {
  if (typeof item === 'object' && 'kind' in item)
    return `${item.start ?? ''}:${item.stop ?? ''}:${item.step}`;
  return typeof item === 'object' ? `[${item.join(', ')}]` : String(item);
}

it('[P4] selects what axis-by-axis indexing selects, for ranks 0 to 6, in array and text form', () => {
  fc.assert(
    fc.property(shapeAndItems, ([shape, items, kept]) => {
      const used = items.slice(0, kept);
      const expected = flatten(take(arange(shape), used));
      const text = used.map(textOf).join(', ');
      for (const spec of [used, text, kept === shape.length ? used : [...used, '...' as const]]) {
        const { offsets, shape: selected } = resolveSlice(parseSlice(spec), shape);
        expect([...offsets]).toEqual(expected);
        expect(selected.reduce((product, each) => product * each, 1)).toBe(expected.length);
      }
    }),
    { numRuns: 500 },
  );
});

it('[P4] a list of positions takes its axis, wherever it stands', () => {
  const ranks = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
  const cases = ranks.chain((shape) =>
    fc.nat(shape.length - 1).chain((axis) => {
      const size = shape[axis] as number;
      const list = fc.array(fc.integer({ min: -size, max: size - 1 }), { maxLength: 5 });
      return fc.tuple(fc.constant(shape), fc.constant(axis), list);
    }),
  );
  fc.assert(
    fc.property(cases, ([shape, axis, list]) => {
      const items = [...shape.slice(0, axis).map(() => range()), list];
      const expected = flatten(take(arange(shape), items));
      expect([...resolveSlice(parseSlice(items), shape).offsets]).toEqual(expected);
    }),
  );
});

it('[P5] any text gives a slice or a SliceError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-0-9:,. [\]]*$/)), (text) => {
      try {
        resolveSlice(parseSlice(text), [3, 4, 5]);
      } catch (error) {
        expect(error).toBeInstanceOf(SliceError);
      }
    }),
    { numRuns: 2000 },
  );
});
