import { SliceError } from '../errors.js';
import { sizeOf } from './nested.js';
import type { IndexArray } from './slice-items.js';

/** Positions along one axis of the source, all within it, row-major. */
export interface Positions {
  readonly axis: number;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/**
 * Positions on an axis, counted from its start.
 * @throws SliceError if one is out of bounds, also where nothing is selected: there NumPy looks away
 */
export function withinBounds(
  shape: readonly number[],
  values: ArrayLike<number>,
  axis: number,
  source: readonly number[],
): Positions {
  const size = source[axis] as number;
  const counted = Array.from(values, (at) => {
    if (at >= -size && at < size) return at < 0 ? at + size : at;
    throw new SliceError(
      `Index ${at} is out of bounds for axis ${axis} of size ${size}, in shape [${source.join(', ')}].`,
    );
  });
  return { axis, shape, values: counted };
}

/**
 * Where a mask is true, as a list of positions for each of the axes that it stands for.
 * @throws SliceError if it has not their sizes
 */
export function truePositions(mask: IndexArray, axis: number, source: readonly number[]): Positions[] {
  const { shape, values } = mask;
  const covered = source.slice(axis, axis + shape.length);
  if (shape.some((size, i) => size !== covered[i])) {
    throw new SliceError(
      `A mask of shape [${shape.join(', ')}] does not fit shape [${source.join(', ')}] at axis ${axis}, ` +
        `where [${covered.join(', ')}] is needed.`,
    );
  }
  const offsets: number[] = [];
  for (let i = 0; i < values.length; i += 1) if (values[i] === 1) offsets.push(i);
  return shape.map((size, i) => {
    const stride = sizeOf(shape.slice(i + 1));
    const positions = offsets.map((offset) => Math.floor(offset / stride) % size);
    return { axis: axis + i, shape: [offsets.length], values: positions };
  });
}

/**
 * The shape that arrays have together.
 * @throws SliceError naming the shapes if there is none
 */
export function broadcastShapes(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    const size = sizes.find((each) => each !== 1) ?? 1;
    if (sizes.every((each) => each === 1 || each === size)) return size;
    const listed = shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ');
    throw new SliceError(
      `Index arrays of shapes ${listed} do not broadcast together; a mask counts as the list of its true entries.`,
    );
  });
}

/** Positions repeated to fill the shape that they broadcast to. */
export function broadcastPositions({ shape, values }: Positions, to: readonly number[]): Int32Array {
  const repeated = new Int32Array(sizeOf(to));
  if (repeated.length === values.length) return Int32Array.from(values);
  for (let i = 0; i < repeated.length; i += 1) {
    let rest = i;
    let from = 0;
    let stride = 1;
    for (let axis = 1; axis <= shape.length; axis += 1) {
      const length = to[to.length - axis] as number;
      const size = shape[shape.length - axis] as number;
      if (size > 1) from += (rest % length) * stride;
      rest = Math.floor(rest / length);
      stride *= size;
    }
    repeated[i] = values[from] as number;
  }
  return repeated;
}
