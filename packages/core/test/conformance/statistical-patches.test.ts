import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { PatchError } from '../../src/errors.js';
import type { Patch } from '../../src/patch/patch.js';
import { MeanPatch, NoisePatch, ProjectPatch, ScalePatch } from '../../src/patch/statistical-patches.js';
import { useBackend } from '../support/backend.js';

beforeAll(useBackend);

async function result(
  patch: Patch,
  rows = [
    [1, 2, 3],
    [5, 6, 10],
  ],
): Promise<unknown> {
  const value = tf.tensor2d(rows);
  patch.check(value);
  return tf.tidy(() => patch.op(value)).array();
}

it('[P2] ScalePatch multiplies what it selects', async () => {
  expect(await result(new ScalePatch({ factor: -2, slice: '1' }))).toEqual([
    [1, 2, 3],
    [-10, -12, -20],
  ]);
});

it('[P2] MeanPatch replaces entries by their mean over axes of the selection', async () => {
  expect(await result(new MeanPatch({ dims: [0] }))).toEqual([
    [3, 4, 6.5],
    [3, 4, 6.5],
  ]);
  expect(await result(new MeanPatch({ dims: [0, -1], slice: ':, 1:' }))).toEqual([
    [1, 5.25, 5.25],
    [5, 5.25, 5.25],
  ]);
  expect(() => new MeanPatch({ dims: [1], slice: '0' }).check(tf.ones([2, 3]))).toThrow(PatchError);
});

it('[P2] [T10] NoisePatch adds the same seeded noise in every run', async () => {
  const zeros = [new Array(400).fill(0)];
  const [first] = (await result(new NoisePatch({ std: 3, seed: 7 }), zeros)) as number[][];
  expect((await result(new NoisePatch({ std: 3, seed: 7 }), zeros)) as number[][]).toEqual([first]);
  expect((await result(new NoisePatch({ std: 3, seed: 8 }), zeros)) as number[][]).not.toEqual([first]);
  const zero = () => result(new NoisePatch({ std: 3, seed: 0 }), zeros);
  expect(await zero()).toEqual(await zero());
  const { mean, variance } = tf.moments(tf.tensor1d(first ?? []));
  expect(Math.abs((await mean.array()) as number)).toBeLessThan(0.5);
  expect(Math.abs(Math.sqrt((await variance.array()) as number) - 3)).toBeLessThan(0.4);
});

it('[P2] ProjectPatch removes a direction or keeps it alone', async () => {
  expect(await result(new ProjectPatch({ direction: [0, 2, 0] }))).toEqual([
    [1, 0, 3],
    [5, 0, 10],
  ]);
  expect(await result(new ProjectPatch({ direction: [0, 2, 0], keep: true, slice: '0' }))).toEqual([
    [0, 2, 0],
    [5, 6, 10],
  ]);
  expect(() => new ProjectPatch({ direction: [1, 2] }).check(tf.ones([2, 3]))).toThrow(
    /direction of 2 numbers/,
  );
});

it('[P2] patches work on tensors of rank 5', async () => {
  const value = tf.range(0, 24).reshape([1, 2, 2, 2, 3]);
  const of = async (patch: Patch) => {
    patch.check(value);
    return [...(await tf.tidy(() => patch.op(value)).data())];
  };
  const numbers = Array.from({ length: 24 }, (_, i) => i);
  expect(await of(new ProjectPatch({ direction: [0, 0, 5] }))).toEqual(
    numbers.map((i) => (i % 3 === 2 ? 0 : i)),
  );
  expect(await of(new ScalePatch({ factor: 2 }))).toEqual(numbers.map((i) => 2 * i));
  const mean = await of(new MeanPatch({ dims: [1, -1], slice: '..., :2' }));
  expect(mean.slice(0, 3)).toEqual([(0 + 1 + 12 + 13) / 4, (0 + 1 + 12 + 13) / 4, 2]);
});
