import { isExcluded, summarize } from '../analysis/statistics.js';
import { InputError } from '../errors.js';
import type { HostTensor } from './host-tensor.js';
import type { Activation, ActivationRequest } from './protocol.js';

/**
 * The two-dimensional cut of an activation that the page asked for, with statistics over all of it.
 * @throws InputError for axes or indices that the shape does not have
 */
export function cutActivation(
  request: ActivationRequest,
  clean: HostTensor,
  patched: HostTensor,
): Activation {
  const { shape, dtype } = clean;
  const full = sideOf(request, clean, patched);
  const [rowAxis, columnAxis] = chooseAxes(request.axes, shape.length);
  const index = shape.map((size, axis) => {
    const at = request.index[axis] ?? 0;
    if (axis === rowAxis || axis === columnAxis) return 0;
    if (at < 0 || at >= size)
      throw new InputError(`Index ${at} is out of range for axis ${axis} of size ${size}.`);
    return at;
  });
  const strides = stridesOf(shape);
  const rows = shape[rowAxis] ?? 1;
  const columns = shape[columnAxis] ?? 1;
  const start = index.reduce((sum, at, axis) => sum + at * (strides[axis] ?? 0), 0);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const offset = start + row * (strides[rowAxis] ?? 0) + column * (strides[columnAxis] ?? 0);
      values[row * columns + column] = full[offset] as number;
    }
  }
  const scale =
    request.side === 'delta' ? largest(full) : Math.max(largest(clean.values), largest(patched.values));
  return {
    path: request.path,
    side: request.side,
    shape: [...shape],
    dtype,
    axes: [rowAxis, columnAxis],
    index,
    rows,
    columns,
    values,
    statistics: { ...summarize(full), scale },
  };
}

function sideOf({ side }: ActivationRequest, clean: HostTensor, patched: HostTensor): ArrayLike<number> {
  if (side === 'clean') return clean.values;
  if (side === 'patched') return patched.values;
  return Float32Array.from(patched.values, (value, i) => value - (clean.values[i] as number));
}

/** Rank 1 shows one row, rank 0 one cell: their missing axes are -1. */
function chooseAxes(axes: ActivationRequest['axes'], rank: number): [row: number, column: number] {
  if (axes === null || rank < 2) return [rank - 2 < 0 ? -1 : rank - 2, rank - 1];
  const [row, column] = axes;
  const valid =
    row !== column && [row, column].every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
  if (!valid)
    throw new InputError(`Axes ${row} and ${column} are not two different axes of a tensor of rank ${rank}.`);
  return axes;
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}

function largest(values: ArrayLike<number>): number {
  let found = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (!isExcluded(value)) found = Math.max(found, Math.abs(value));
  }
  return found;
}
