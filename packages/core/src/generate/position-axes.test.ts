import { expect, it } from 'vitest';
import { PatchError } from '../errors.js';
import { positionAxes, shapeAt } from './position-axes.js';

const axes = (shorter: number[], longer: number[]) =>
  positionAxes('a.b', { shape: shorter, dtype: 'float32' }, { shape: longer, dtype: 'float32' }, 3);

it('[P9] finds the rows and the keys in a shape', () => {
  expect(axes([3, 4], [3, 4])).toBeNull();
  expect(axes([], [])).toBeNull();
  expect(axes([1, 3, 3], [1, 4, 3])).toMatchObject({ rows: 1, keys: [] });
  const pattern = axes([1, 2, 3, 3], [1, 2, 4, 4]);
  expect(pattern).toMatchObject({ rows: 2, keys: [3] });
  expect(pattern && shapeAt(pattern, 1, 9)).toEqual([1, 2, 1, 9]);
});

it.each([
  [
    [6, 2],
    [8, 2],
  ],
  [
    [4, 2],
    [5, 2],
  ],
  [[3], [3, 4]],
])('[P9] refuses positions without an axis of their own: %j and %j', (shorter, longer) => {
  expect(() => axes(shorter as number[], longer as number[])).toThrow(PatchError);
  expect(() => axes(shorter as number[], longer as number[])).toThrow(/^At 'a\.b': .*no axis of their own/);
});
