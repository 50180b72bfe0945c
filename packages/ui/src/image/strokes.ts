import type { ImagePixels } from '@patchbay/core/client';
import { Bitmap } from './bitmap.js';
import type { Stroke } from './point.js';

/** Cells of the bitmap along one side of a pixel: a pixel's ink is how many of them the pen has touched. */
const cellsPerPixel = 4;

/** Width of the pen as a share of the picture's height, that of the writing in the data of the digits. */
const penShare = 4.5 / 32;

/** How much a drawing is enlarged at most, in widths of the pad: a dot is to stay one. */
const mostEnlarged = 6;

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
  const bitmap = new Bitmap(width * cellsPerPixel, height * cellsPerPixel);
  for (const stroke of fit(strokes, bitmap, pen)) {
    stroke.forEach((point, at) => {
      bitmap.ink(stroke[at - 1] ?? point, point, pen / 2);
    });
  }
  const values = bitmap.shares(cellsPerPixel);
  strokesBehind.set(values, strokes);
  return { width, height, channels: 1, values };
}

/** Moves and scales strokes so that what the pen leaves just fills the picture, their form kept. */
function fit(strokes: readonly Stroke[], { columns, rows }: Bitmap, pen: number): Stroke[] {
  const points = strokes.flat();
  const left = Math.min(...points.map(({ x }) => x));
  const right = Math.max(...points.map(({ x }) => x));
  const top = Math.min(...points.map(({ y }) => y));
  const bottom = Math.max(...points.map(({ y }) => y));
  const factor = Math.min(
    (columns - pen) / (right - left),
    (rows - pen) / (bottom - top),
    mostEnlarged * columns,
  );
  return strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({
      x: (x - (left + right) / 2) * factor + columns / 2,
      y: (y - (top + bottom) / 2) * factor + rows / 2,
    })),
  );
}
