import { expect, it } from 'vitest';
import type { Stroke } from './point.js';
import { drawStrokes, strokesOf } from './strokes.js';

/** Rows of a picture as text: `#` for full ink, `+` for some, `.` for none. */
function rowsOf(strokes: readonly Stroke[], width = 8, height = 8): string[] {
  const { values } = drawStrokes(strokes, width, height);
  return Array.from({ length: height }, (_, row) =>
    values
      .slice(row * width, (row + 1) * width)
      .map((value) => (value === 0 ? '.' : value === 1 ? '#' : '+'))
      .join(''),
  );
}

const upright: Stroke = [
  { x: 0.8, y: 0.4 },
  { x: 0.8, y: 0.6 },
];

const slanted: Stroke = [
  { x: 0.2, y: 0.1 },
  { x: 0.55, y: 0.6 },
];

it('centres a short upright stroke and scales it to the full height', () => {
  const rows = rowsOf([upright]);
  expect(new Set(rows.slice(1, -1))).toEqual(new Set(['...++...']));
  expect(rows.every((row) => row.includes('+'))).toBe(true);
});

it('keeps the form: a wide stroke fills the width', () => {
  const rows = rowsOf([
    [
      { x: 0.1, y: 0.2 },
      { x: 0.9, y: 0.2 },
    ],
  ]);
  expect(rows.slice(0, 3)).toEqual(['........', '........', '........']);
  expect(rows[3]).toBe('++++++++');
});

it('counts inked cells in blocks of 4 × 4, so that the ink is the area of the pen’s path', () => {
  const { values } = drawStrokes([slanted], 8, 8);
  expect(values.every((value) => Number.isInteger(value * 16) && value >= 0 && value <= 1)).toBe(true);
  const pen = 4.5;
  const length = Math.hypot(32 - pen, (32 - pen) * 0.7);
  const area = length * pen + Math.PI * (pen / 2) ** 2;
  const inked = values.reduce((sum, value) => sum + value, 0) * 16;
  expect(Math.abs(inked - area) / area).toBeLessThan(0.05);
});

it('puts a dot into the middle, and nothing nowhere', () => {
  const shaken = rowsOf([
    [
      { x: 0.1, y: 0.9 },
      { x: 0.104, y: 0.901 },
    ],
  ]);
  expect(shaken[0]).toBe('........');
  const rows = rowsOf([[{ x: 0.1, y: 0.9 }]]);
  expect(rows[3]?.slice(3, 5)).toBe('++');
  expect(rows[0]).toBe('........');
  expect(rowsOf([])).toEqual(new Array(8).fill('........'));
});

it('remembers the strokes behind a picture', () => {
  const image = drawStrokes([upright], 8, 8);
  expect(strokesOf(image)).toEqual([upright]);
  expect(strokesOf({ ...image, values: [...image.values] })).toEqual([]);
});
