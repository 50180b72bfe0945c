import type { ImagePixels } from '@patchbay/core/client';

/** A point on the drawing pad, whose sides go from 0 to 1. */
export interface Point {
  x: number;
  y: number;
}

/** What a pen leaves between being put down and lifted. */
export type Stroke = readonly Point[];

/** Cells of the bitmap along one side of a pixel: a pixel's ink is how many of them the pen has touched. */
const cellsPerPixel = 4;

/** Width of the pen as a share of the picture's height, that of the writing in the data of the digits. */
export const penShare = 4.5 / 32;

/** The strokes that an array of pixels was drawn with, so that drawing can go on after an undo, too. */
const strokesBehind = new WeakMap<readonly number[], readonly Stroke[]>();

/** The strokes that a picture was drawn with; none for one that came from elsewhere. */
export function strokesOf({ values }: ImagePixels): readonly Stroke[] {
  return strokesBehind.get(values) ?? [];
}

/**
 * A picture of strokes: scaled so that they fill it in one direction, centred, drawn as a bitmap of four times its
 * size, whose inked cells are counted in blocks. So the data of scikit-learn's digits were made.
 */
export function drawStrokes(strokes: readonly Stroke[], width: number, height: number): ImagePixels {
  const pen = penShare * height * cellsPerPixel;
  const columns = width * cellsPerPixel;
  const rows = height * cellsPerPixel;
  const fitted = fit(strokes, columns, rows, pen);
  const values = new Array<number>(width * height).fill(0);
  const share = 1 / cellsPerPixel ** 2;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      if (!isInked(fitted, column + 0.5, row + 0.5, pen / 2)) continue;
      const pixel = Math.floor(row / cellsPerPixel) * width + Math.floor(column / cellsPerPixel);
      values[pixel] = (values[pixel] as number) + share;
    }
  }
  strokesBehind.set(values, strokes);
  return { width, height, channels: 1, values };
}

/** Moves and scales strokes so that what the pen leaves just fills the picture, their form kept. */
function fit(strokes: readonly Stroke[], columns: number, rows: number, pen: number): Stroke[] {
  const points = strokes.flat();
  const left = Math.min(...points.map(({ x }) => x));
  const right = Math.max(...points.map(({ x }) => x));
  const top = Math.min(...points.map(({ y }) => y));
  const bottom = Math.max(...points.map(({ y }) => y));
  const scale = Math.min((columns - pen) / (right - left), (rows - pen) / (bottom - top));
  // A mere dot has no size to scale.
  const factor = Number.isFinite(scale) ? scale : 0;
  return strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({
      x: (x - (left + right) / 2) * factor + columns / 2,
      y: (y - (top + bottom) / 2) * factor + rows / 2,
    })),
  );
}

function isInked(strokes: readonly Stroke[], x: number, y: number, reach: number): boolean {
  return strokes.some((stroke) =>
    stroke.some((point, at) => distance(x, y, stroke[at - 1] ?? point, point) <= reach),
  );
}

/** From a point to a piece of a line. */
function distance(x: number, y: number, from: Point, to: Point): number {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = dx ** 2 + dy ** 2;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length));
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}
