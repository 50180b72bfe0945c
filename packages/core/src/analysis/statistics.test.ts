import { expect, it } from 'vitest';
import { summarize } from './statistics.js';

it('summarizes finite values and counts what is left out', () => {
  const summary = summarize([1, 2, 3, 4, Number.NaN, Number.NEGATIVE_INFINITY, -3.4028234663852886e38]);
  expect(summary).toEqual({
    minimum: 1,
    maximum: 4,
    mean: 2.5,
    standardDeviation: Math.sqrt(1.25),
    excluded: 3,
  });
  expect(summarize([1, 3.4028234663852886e38])).toMatchObject({ maximum: 1, excluded: 1 });
  expect(summarize([Number.NaN])).toMatchObject({ minimum: 0, maximum: 0, excluded: 1 });
});
