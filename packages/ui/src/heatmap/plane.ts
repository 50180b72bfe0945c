import type { Activation } from '@patchbay/core/client';
import type { Cell } from './cell-slice.js';

/** The most rows and columns that are drawn at once. */
export const mostShown = 2048;

/** The drawn part of a plane. */
export interface PlaneWindow {
  firstRow: number;
  firstColumn: number;
  rows: number;
  columns: number;
  values: Float32Array;
}

/** Cuts a window out of a plane that is too large to be drawn whole. */
export function windowOf(activation: Activation, firstRow: number, firstColumn: number): PlaneWindow {
  const { rows: allRows, columns: allColumns, values: all } = activation;
  if (allRows <= mostShown && allColumns <= mostShown)
    return { firstRow: 0, firstColumn: 0, rows: allRows, columns: allColumns, values: all };
  const top = Math.min(firstRow, Math.max(0, allRows - 1));
  const left = Math.min(firstColumn, Math.max(0, allColumns - 1));
  const rows = Math.min(mostShown, allRows - top);
  const columns = Math.min(mostShown, allColumns - left);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const start = (top + row) * allColumns + left;
    values.set(all.subarray(start, start + columns), row * columns);
  }
  return { firstRow: top, firstColumn: left, rows, columns, values };
}

/** A cell of a plane, or null for one that the plane no longer has, such as after a shorter prompt. */
export function cellWithin(cell: Cell | null, { rows, columns }: PlaneWindow): Cell | null {
  return cell !== null && cell.row < rows && cell.column < columns ? cell : null;
}
