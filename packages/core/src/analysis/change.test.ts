import { expect, it } from 'vitest';
import { changeOf } from './change.js';

it('[C1] measures how a tensor changed, by hand', () => {
  const change = changeOf([3, 4, 0], [3, 0, 1]);
  expect(change.largest).toBe(4);
  expect(change.mean).toBeCloseTo(5 / 3, 12);
  expect(change.relative).toBeCloseTo(Math.sqrt(17) / 5, 12);
  expect(change.cosine).toBeCloseTo(9 / (5 * Math.sqrt(10)), 12);
  expect(change.excluded).toBe(0);
});

it('has figures for what did not change, for zeros and for what is not finite', () => {
  expect(changeOf([1, 2], [1, 2])).toEqual({ largest: 0, mean: 0, relative: 0, cosine: 1, excluded: 0 });
  expect(changeOf([0, 0], [0, 0])).toEqual({ largest: 0, mean: 0, relative: 0, cosine: 0, excluded: 0 });
  expect(changeOf([0], [2])).toMatchObject({ relative: Number.POSITIVE_INFINITY, cosine: 0 });
  expect(changeOf([1, Number.NaN, 1], [2, 5, Number.POSITIVE_INFINITY])).toMatchObject({
    largest: 1,
    mean: 1,
    excluded: 2,
  });
});
