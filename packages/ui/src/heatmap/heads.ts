import type { Activation } from '@patchbay/core/client';
import { axisNames } from './axes.js';

const mostHeads = 32;
const largestPlane = 256 * 256;

/** The axis of heads, where it is not shown itself and its planes are small enough for pictures of all. */
export function headAxis({ path, shape, axes, rows, columns }: Activation): number | null {
  const axis = axisNames(path, shape).indexOf('head');
  const heads = shape[axis] ?? 0;
  const isHidden = axis >= 0 && !axes.includes(axis);
  return isHidden && heads > 1 && heads <= mostHeads && rows * columns <= largestPlane ? axis : null;
}

/** The index that leads to a head, the other places kept. */
export function indexOfHead({ index }: Pick<Activation, 'index'>, axis: number, head: number): number[] {
  return index.map((at, each) => (each === axis ? head : at));
}

/** Whether pictures of heads belong to a plane: the same cut but for the head. */
export function belongTo(heads: readonly Activation[], activation: Activation, axis: number): boolean {
  const key = ({ path, side, shape, axes, index }: Activation) =>
    JSON.stringify([path, side, shape, axes, index.map((at, each) => (each === axis ? 0 : at))]);
  return heads.length === shapeAt(activation, axis) && heads.every((head) => key(head) === key(activation));
}

function shapeAt({ shape }: Activation, axis: number): number {
  return shape[axis] ?? 0;
}
