import type { ImagePixels } from '@patchbay/core/client';
import type { Cell } from '../heatmap/cell-slice.js';

/** A picture with one pixel of its single channel changed. */
export function paint(image: ImagePixels, { row, column }: Cell, value: number): ImagePixels {
  const values = [...image.values];
  values[row * image.width + column] = value;
  return { ...image, values };
}

/** The ink of a pixel. */
export function inkAt({ width, values }: ImagePixels, { row, column }: Cell): number {
  return values[row * width + column] ?? 0;
}

/** What painting a pixel makes of it: full ink, or none where there is much. */
export function paintedValue(ink: number): number {
  return ink >= 0.5 ? 0 : 1;
}

/** A picture without ink. */
export function cleared(image: ImagePixels): ImagePixels {
  return { ...image, values: image.values.map(() => 0) };
}

export function isBlank({ values }: ImagePixels): boolean {
  return values.every((value) => value === 0);
}

export function isSamePicture(a: ImagePixels, b: ImagePixels): boolean {
  return a.values.length === b.values.length && a.values.every((value, at) => value === b.values[at]);
}
