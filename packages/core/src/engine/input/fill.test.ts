import { expect, it } from 'vitest';
import { filled } from './fill.js';

it('fills with a constant, evenly spaced numbers, or values as they are', () => {
  expect([...filled({ kind: 'constant', value: 2 }, 3, 'float32')]).toEqual([2, 2, 2]);
  expect([...filled({ kind: 'range', from: 1, to: 3 }, 5, 'float32')]).toEqual([1, 1.5, 2, 2.5, 3]);
  expect([...filled({ kind: 'range', from: 7, to: 9 }, 1, 'float32')]).toEqual([7]);
  expect([...filled({ kind: 'range', from: 0, to: 9 }, 10, 'int32')]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...filled({ kind: 'values', values: [3, 1] }, 2, 'int32')]).toEqual([3, 1]);
});

it('draws the same random values from the same seed, within the range', () => {
  const draw = (seed: number) => filled({ kind: 'uniform', low: -2, high: 6, seed }, 2000, 'float32');
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  const values = [...draw(3)];
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
  expect(Math.max(...values)).toBeLessThan(6);
  // Six standard errors of the mean of a uniform distribution.
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean - 2)).toBeLessThan((6 * 8) / Math.sqrt(12 * values.length));
});

it('draws whole numbers for int32, and both values for bool', () => {
  const whole = filled({ kind: 'uniform', low: 0, high: 4, seed: 1 }, 500, 'int32');
  expect(new Set(whole)).toEqual(new Set([0, 1, 2, 3]));
  const bits = filled({ kind: 'uniform', low: 0, high: 1, seed: 1 }, 500, 'bool');
  expect(new Set(bits)).toEqual(new Set([0, 1]));
});
