import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, inject, test } from 'vitest';
import { useBackend } from '../support/backend.js';
import { goldenBytes, goldenJson } from '../support/golden.js';

beforeAll(useBackend);

test('runs on the wanted backend', async () => {
  const product = tf.matMul(
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  );
  expect(await product.array()).toEqual([
    [19, 22],
    [43, 50],
  ]);
  expect(tf.getBackend()).toBe(inject('backend'));
  product.dispose();
});

test('all packages share one copy of tfjs', async () => {
  const core = await import('@tensorflow/tfjs-core');
  expect(core.engine()).toBe(tf.engine());
  expect(core.Tensor).toBe(tf.Tensor);
  expect(core.backend()).toBe(tf.backend());
});

test('reads golden files', async () => {
  const config = await goldenJson<{ model_type: string }>('gpt2-tiny/config.json');
  expect(config.model_type).toBe('gpt2');
  const weights = await goldenBytes('gpt2-tiny/model.safetensors');
  const headerLength = new DataView(weights.buffer).getBigUint64(0, true);
  expect(headerLength).toBeLessThan(weights.length);
});

test('a missing golden file is an error', async () => {
  await expect(goldenBytes('no-such-model/config.json')).rejects.toThrow();
});
