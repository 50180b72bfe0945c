/**
 * NumPy's indexing, assignment and broadcasting, coordinate by coordinate: slow, and plain enough to be checked
 * by reading. `numpy-reference.test.ts` compares it with NumPy itself.
 *
 * In three things it is what the library says it is, not NumPy: positions out of bounds are an error also where
 * nothing is selected; values may have leading axes of length 1 everywhere; and lists do not mix numbers and booleans.
 */

/** Entries in row-major order, with a shape. */
export interface NdArray<T> {
  readonly shape: readonly number[];
  readonly entries: readonly T[];
}

export type ReferenceItem =
  | { readonly kind: 'position'; readonly at: number }
  | {
      readonly kind: 'range';
      readonly start: number | null;
      readonly stop: number | null;
      readonly step: number;
    }
  | { readonly kind: 'positions'; readonly array: NdArray<number> }
  | { readonly kind: 'mask'; readonly array: NdArray<boolean> }
  | { readonly kind: 'rest' };

/** An index that NumPy refuses. */
export class IndexRefused extends Error {}
/** A value that does not broadcast to what is assigned. */
export class ValueRefused extends Error {}

type Coordinate = readonly number[];

/** An item that stands for one axis. Positions are lists by then, or ranges written out. */
type AxisItem =
  | { readonly kind: 'basic'; readonly axis: number; readonly positions: readonly number[] }
  | {
      readonly kind: 'advanced';
      readonly axis: number;
      readonly array: NdArray<number>;
      readonly isArray: boolean;
    }
  | { readonly kind: 'rest' };

/** The shape of `a[items]`, and for each of its entries, row-major, the coordinate in `a` that it comes from. */
export function selected(
  shape: readonly number[],
  items: readonly ReferenceItem[],
): { shape: readonly number[]; coordinates: readonly Coordinate[] } {
  const list = axisItems(shape, items);
  const basics = list.filter((item) => item.kind === 'basic');
  const allAdvanced = list.filter((item) => item.kind === 'advanced');
  const joint = broadcastShape(allAdvanced.map((item) => item.array.shape));
  const places = list.flatMap((item, place) => (item.kind === 'advanced' ? [place] : []));
  const isTogether = places.every((place, i) => i === 0 || place === (places[i - 1] as number) + 1);
  const hasArray = allAdvanced.some((item) => item.isArray);
  const inFront =
    hasArray && isTogether ? list.slice(0, places[0]).filter((item) => item.kind === 'basic').length : 0;

  const sizes = basics.map((item) => item.positions.length);
  const result = [...sizes.slice(0, inFront), ...joint, ...sizes.slice(inFront)];
  const coordinates = coordinatesOf(result).map((coordinate) => {
    const jointPart = coordinate.slice(inFront, inFront + joint.length);
    const basicPart = [...coordinate.slice(0, inFront), ...coordinate.slice(inFront + joint.length)];
    const source = shape.map(() => 0);
    basics.forEach((item, i) => {
      source[item.axis] = item.positions[basicPart[i] as number] as number;
    });
    for (const item of allAdvanced) source[item.axis] = broadcastEntry(item.array, jointPart);
    return source;
  });
  return { shape: result, coordinates };
}

/** `a[items]`. */
export function read<T>(array: NdArray<T>, items: readonly ReferenceItem[]): NdArray<T> {
  const { shape, coordinates } = selected(array.shape, items);
  return { shape, entries: coordinates.map((coordinate) => entryAt(array, coordinate)) };
}

/** `a` after `a[items] = value`; of coordinates that are assigned twice the last one counts. */
export function assign<T>(array: NdArray<T>, items: readonly ReferenceItem[], value: NdArray<T>): NdArray<T> {
  const { shape, coordinates } = selected(array.shape, items);
  checkBroadcast(value.shape, shape);
  const entries = [...array.entries];
  coordinatesOf(shape).forEach((place, i) => {
    entries[offsetOf(array.shape, coordinates[i] as Coordinate)] = broadcastEntry(value, place);
  });
  return { shape: array.shape, entries };
}

/** All coordinates of a shape in row-major order; one, the empty one, of the shape []. */
function coordinatesOf(shape: readonly number[]): Coordinate[] {
  const [size, ...rest] = shape;
  if (size === undefined) return [[]];
  const inner = coordinatesOf(rest);
  return Array.from({ length: size }, (_, i) => inner.map((coordinate) => [i, ...coordinate])).flat();
}

/** Gives items their axes, writes ranges out, and turns masks into positions. */
function axisItems(shape: readonly number[], items: readonly ReferenceItem[]): AxisItem[] {
  if (items.filter((item) => item.kind === 'rest').length > 1) throw new IndexRefused("two '...'");
  const width = items.reduce((sum, item) => sum + axesTaken(item), 0);
  if (width > shape.length) throw new IndexRefused('too many indices');
  const whole: ReferenceItem = { kind: 'range', start: null, stop: null, step: 1 };
  const left = new Array<ReferenceItem>(shape.length - width).fill(whole);
  const filled = items.some((item) => item.kind === 'rest')
    ? items.flatMap((item) => (item.kind === 'rest' ? [item, ...left] : [item]))
    : [...items, ...left];

  let axis = 0;
  return filled.flatMap((item) => {
    const first = axis;
    axis += axesTaken(item);
    return axisItem(item, first, shape);
  });
}

function axisItem(item: ReferenceItem, axis: number, shape: readonly number[]): AxisItem[] {
  const size = shape[axis] ?? 0;
  switch (item.kind) {
    case 'rest':
      return [item];
    case 'range':
      return [{ kind: 'basic', axis, positions: walk(item, size) }];
    case 'position':
      return [
        { kind: 'advanced', axis, array: { shape: [], entries: [wrap(item.at, size)] }, isArray: false },
      ];
    case 'positions': {
      const entries = item.array.entries.map((at) => wrap(at, size));
      return [{ kind: 'advanced', axis, array: { shape: item.array.shape, entries }, isArray: true }];
    }
    case 'mask': {
      const covered = shape.slice(axis, axis + axesTaken(item));
      if (String(covered) !== String(item.array.shape)) throw new IndexRefused('mask of another shape');
      const trues = coordinatesOf(covered).filter((coordinate) => entryAt(item.array, coordinate));
      return covered.map((_, i) => ({
        kind: 'advanced',
        axis: axis + i,
        array: { shape: [trues.length], entries: trues.map((coordinate) => coordinate[i] as number) },
        isArray: true,
      }));
    }
  }
}

function axesTaken(item: ReferenceItem): number {
  if (item.kind === 'rest') return 0;
  return item.kind === 'mask' ? item.array.shape.length : 1;
}

function wrap(at: number, size: number): number {
  if (at < -size || at >= size) throw new IndexRefused(`${at} is out of bounds`);
  return at < 0 ? at + size : at;
}

/** Positions of Python's `range(*slice(start, stop, step).indices(size))`, found by trying each. */
function walk({ start, stop, step }: Extract<ReferenceItem, { kind: 'range' }>, size: number): number[] {
  if (step === 0) throw new IndexRefused('step 0');
  const fromEnd = (bound: number) => (bound < 0 ? bound + size : bound);
  const positions = Array.from({ length: size }, (_, i) => (step > 0 ? i : size - 1 - i));
  const isAfter = (i: number) => start === null || (step > 0 ? i >= fromEnd(start) : i <= fromEnd(start));
  const isBefore = (i: number) => stop === null || (step > 0 ? i < fromEnd(stop) : i > fromEnd(stop));
  return positions.filter((i) => isAfter(i) && isBefore(i)).filter((_, i) => i % Math.abs(step) === 0);
}

/** Shapes are aligned at their ends; a missing axis counts as length 1, and length 1 goes with every length. */
function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0])) throw new IndexRefused('arrays do not broadcast');
    return sizes[0] ?? 1;
  });
}

function checkBroadcast(from: readonly number[], to: readonly number[]): void {
  from.forEach((size, axis) => {
    if (size !== 1 && size !== to[axis - from.length + to.length])
      throw new ValueRefused('does not broadcast');
  });
}

/** The entry that stands at a coordinate of the shape to which the array broadcasts. */
function broadcastEntry<T>(array: NdArray<T>, coordinate: Coordinate): T {
  const own = array.shape.map((size, axis) =>
    size === 1 ? 0 : (coordinate[axis - array.shape.length + coordinate.length] as number),
  );
  return entryAt(array, own);
}

function entryAt<T>(array: NdArray<T>, coordinate: Coordinate): T {
  return array.entries[offsetOf(array.shape, coordinate)] as T;
}

function offsetOf(shape: readonly number[], coordinate: Coordinate): number {
  return shape.reduce((offset, size, axis) => offset * size + (coordinate[axis] as number), 0);
}
