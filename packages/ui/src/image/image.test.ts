import { expect, it } from 'vitest';
import { inkBytes } from './ink.js';
import { cleared, inkAt, isBlank, isSamePicture, paint, paintedValue } from './paint.js';

const image = { width: 2, height: 2, channels: 1, values: [0, 0.25, 0.5, 1] };

it('paints one pixel and leaves the picture before as it was', () => {
  const painted = paint(image, { row: 1, column: 0 }, 1);
  expect(painted.values).toEqual([0, 0.25, 1, 1]);
  expect(image.values[2]).toBe(0.5);
  expect(inkAt(painted, { row: 1, column: 0 })).toBe(1);
  expect(isSamePicture(painted, image)).toBe(false);
  expect(isSamePicture({ ...image, values: [...image.values] }, image)).toBe(true);
});

it('inks where there is little and clears where there is much', () => {
  expect([0, 0.4, 0.5, 1].map(paintedValue)).toEqual([1, 1, 0, 0]);
  expect(isBlank(cleared(image))).toBe(true);
  expect(isBlank(image)).toBe(false);
});

it('shows ink as black of its strength, and colours as they are', () => {
  expect([...inkBytes(image)].filter((_, at) => at % 4 === 3)).toEqual([0, 64, 128, 255]);
  const colours = { width: 1, height: 1, channels: 3, values: [1, 0.5, 0] };
  expect([...inkBytes(colours)]).toEqual([255, 128, 0, 255]);
});
