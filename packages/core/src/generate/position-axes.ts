import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';

/** Where the positions of a sequence lie in a value's shape. */
export interface PositionAxes {
  readonly dtype: TensorInfo['dtype'];
  /** The shape for any number of positions; the sizes of the axes below do not count. */
  readonly shape: readonly number[];
  /** The axis whose entries belong to one position each. */
  readonly rows: number;
  /** Further axes of positions, as the keys of an attention pattern. */
  readonly keys: readonly number[];
}

/**
 * The axes of positions of the value at `path` that is `shorter` in a run over `length` positions and `longer` in one over one
 * more; null if it has none, as a weight.
 * @throws PatchError where positions share an axis with something else
 */
export function positionAxes(
  path: string,
  shorter: TensorInfo,
  longer: TensorInfo,
  length: number,
): PositionAxes | null {
  const { shape, dtype } = shorter;
  const growing = longer.shape.map((_, axis) => axis).filter((axis) => longer.shape[axis] !== shape[axis]);
  const isClear =
    longer.shape.length === shape.length &&
    growing.every((axis) => shape[axis] === length && longer.shape[axis] === length + 1);
  if (!isClear) {
    throw new PatchError(
      `At '${path}': the shape is [${shape.join(', ')}] for ${length} positions and [${longer.shape.join(', ')}] for ${length + 1}, so the positions have no axis of their own; patch a node in which they do.`,
    );
  }
  const [rows, ...keys] = growing;
  return rows === undefined ? null : { dtype, shape, rows, keys };
}

/** The shape of the value with so many rows, at a time when so many positions are known. */
export function shapeAt({ shape, rows, keys }: PositionAxes, rowCount: number, known: number): number[] {
  return shape.map((size, axis) => (axis === rows ? rowCount : keys.includes(axis) ? known : size));
}
