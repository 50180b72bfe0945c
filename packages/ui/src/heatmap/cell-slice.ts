import type { Activation } from '@patchbay/core/client';

/** Which part of a shown plane a patch should take. */
export type PlanePart = 'cell' | 'row' | 'column' | 'plane';

export interface Cell {
  row: number;
  column: number;
}

/** Slice text for a part of the shown plane. Axes of length 1 and trailing full axes are not pinned. */
export function sliceOfPart(
  { shape, axes, index }: Pick<Activation, 'shape' | 'axes' | 'index'>,
  part: PlanePart,
  { row, column }: Cell,
): string {
  const [rowAxis, columnAxis] = axes;
  const items = shape.map((size, axis) => {
    if (axis === rowAxis) return part === 'cell' || part === 'row' ? String(row) : ':';
    if (axis === columnAxis) return part === 'cell' || part === 'column' ? String(column) : ':';
    return size === 1 ? ':' : String(index[axis] ?? 0);
  });
  while (items.at(-1) === ':') items.pop();
  return items.join(', ');
}

/** The cell that an arrow key leads to, or null for other keys. */
export function moveCell({ row, column }: Cell, key: string, rows: number, columns: number): Cell | null {
  switch (key) {
    case 'ArrowUp':
      return { row: Math.max(0, row - 1), column };
    case 'ArrowDown':
      return { row: Math.min(rows - 1, row + 1), column };
    case 'ArrowLeft':
      return { row, column: Math.max(0, column - 1) };
    case 'ArrowRight':
      return { row, column: Math.min(columns - 1, column + 1) };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: columns - 1 };
    default:
      return null;
  }
}
