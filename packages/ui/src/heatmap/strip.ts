import type { Activation } from '@patchbay/core/client';

/** Axes whose places are looked at side by side; the output one is that of a convolution’s kernel. */
const sideBySide = ['head', 'channel', 'output'];

const mostPlanes = 32;
const largestPlane = 256 * 256;

/**
 * The axis of heads or channels, where it is not shown itself and its planes are few and small enough for pictures of
 * all.
 */
export function stripAxis(
  { shape, axes, rows, columns }: Activation,
  names: readonly string[],
): number | null {
  const axis = names.findIndex((name) => sideBySide.includes(name));
  const count = shape[axis] ?? 0;
  const isHidden = axis >= 0 && !axes.includes(axis);
  return isHidden && count > 1 && count <= mostPlanes && rows * columns <= largestPlane ? axis : null;
}

/** The index that leads to a place on an axis, the other places kept. */
export function indexAt({ index }: Pick<Activation, 'index'>, axis: number, place: number): number[] {
  return index.map((at, each) => (each === axis ? place : at));
}

/** Whether pictures belong to a plane: the same cut but for the place on the axis. */
export function belongTo(strip: readonly Activation[], activation: Activation, axis: number): boolean {
  const key = ({ path, side, shape, axes, index }: Activation) =>
    JSON.stringify([path, side, shape, axes, index.map((at, each) => (each === axis ? 0 : at))]);
  return (
    strip.length === (activation.shape[axis] ?? 0) && strip.every((plane) => key(plane) === key(activation))
  );
}
