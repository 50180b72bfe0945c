import { expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { choosers, drawn, mostLikely } from './sample.js';

const LOGITS = [0.5, -1, 2, 0, 2, Number.NEGATIVE_INFINITY, 1];

/** softmax(logits / temperature), of the given ids alone. */
function probabilities(ids: readonly number[], temperature: number): number[] {
  const weights = LOGITS.map((logit, id) => (ids.includes(id) ? Math.exp(logit / temperature) : 0));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

it('[P9] the most likely token is the first of the largest; NaN never is', () => {
  expect(mostLikely([1, 3, 3, 2])).toBe(1);
  expect(mostLikely([Number.NaN, -5, Number.NaN, -4])).toBe(3);
  expect(mostLikely([0, Number.POSITIVE_INFINITY, 9])).toBe(1);
  expect(() => mostLikely([Number.NaN, Number.NEGATIVE_INFINITY])).toThrow(InputError);
});

it('[P9] a draw walks the cumulated probabilities of the most likely tokens in the order of ids', () => {
  for (const [topK, ids] of [
    [Number.POSITIVE_INFINITY, [0, 1, 2, 3, 4, 6]],
    [100, [0, 1, 2, 3, 4, 6]],
    [4, [0, 2, 4, 6]],
    [3, [2, 4, 6]],
    [2, [2, 4]],
    [1, [2]],
  ] as const) {
    for (const temperature of [0.3, 1, 5]) {
      let from = 0;
      probabilities(ids, temperature).forEach((probability, id) => {
        const middle = from + probability / 2;
        if (probability > 1e-9) expect(drawn(LOGITS, temperature, topK, middle)).toBe(id);
        from += probability;
      });
    }
  }
  expect(drawn(LOGITS, 1, 100, 1 - 2 ** -53)).toBe(6);
  expect(drawn([Number.NaN, 1, Number.POSITIVE_INFINITY], 1, 2, 0.99)).toBe(2);
  expect(drawn([0, -1e6], 1e-3, 2, 1 - 2 ** -53)).toBe(0);
});

it('[P9] many draws have the distribution of the softmax (chi-square, p > 0.001)', () => {
  const draws = 20_000;
  for (const temperature of [0.7, 2]) {
    const [choose] = choosers(1, { temperature, topK: Number.POSITIVE_INFINITY, seed: 5 });
    const counts = new Array<number>(LOGITS.length).fill(0);
    for (let i = 0; i < draws; i += 1) {
      const id = choose?.(LOGITS) as number;
      counts[id] = (counts[id] as number) + 1;
    }
    const expected = probabilities([0, 1, 2, 3, 4, 6], temperature).map((each) => each * draws);
    expect(counts[5]).toBe(0);
    const statistic = counts.reduce(
      (sum, count, id) =>
        sum + (id === 5 ? 0 : (count - (expected[id] as number)) ** 2 / (expected[id] as number)),
      0,
    );
    // The 0.999 quantile for 5 degrees of freedom.
    expect(statistic).toBeLessThan(20.5);
  }
});

it('[P9] each sequence has a random stream of its own, fixed by the seed', () => {
  const streams = (count: number, seed: number) =>
    choosers(count, { temperature: 1, topK: 7, seed }).map((choose) =>
      Array.from({ length: 20 }, () => choose(LOGITS)),
    );
  const [first, second] = streams(2, 3);
  expect(first).not.toEqual(second);
  expect(streams(1, 3)).toEqual([first]);
  expect(streams(3, 3).slice(0, 2)).toEqual([first, second]);
  expect(streams(1, 4)).not.toEqual([first]);
});
