import { expect, it } from 'vitest';
import { klDivergence, rankOf, softmax, topIndices } from './next-token.js';

it('[C1] softmax sums to 1, also for large logits', () => {
  expect([...softmax([0, Math.log(3)])].map((each) => each.toFixed(12))).toEqual([
    '0.250000000000',
    '0.750000000000',
  ]);
  expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5]);
});

it('[C2] KL divergence has the textbook value and is 0 for equal distributions', () => {
  const p = [0.5, 0.5, 0].map(Math.log);
  const q = [0.25, 0.5, 0.25].map(Math.log);
  expect(klDivergence(p, q)).toBeCloseTo(0.5 * Math.log(2), 12);
  expect(klDivergence(p, p)).toBe(0);
});

it('[C2] KL divergence is finite where a probability is too small for a float64', () => {
  expect(klDivergence([0, 0], [0, 2000])).toBeCloseTo(1000 - Math.log(2), 9);
});

it('[C1] ranks from 1 and finds the largest in order', () => {
  const logits = [2, 5, -1, 5];
  expect([0, 1, 2, 3].map((index) => rankOf(logits, index))).toEqual([3, 1, 4, 1]);
  expect(topIndices(logits, 3)).toEqual([1, 3, 0]);
});
