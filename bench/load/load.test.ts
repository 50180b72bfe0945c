import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Checkpoint, makeCheckpoint } from './checkpoint.js';
import { leastTimes, onnxRunner, ourRunner, promptOf, worstDifference } from './forward.js';
import { measureLoading } from './loading.js';
import { TINY, weightsOf } from './network.js';
import { timeToRead } from './reading.js';
import { startWasm } from './wasm.js';

let checkpoint: Checkpoint;

beforeAll(async () => {
  checkpoint = await makeCheckpoint(await mkdtemp(join(tmpdir(), 'patchbay-bench-')), TINY);
  await startWasm();
});

afterAll(() => rm(checkpoint.folder, { recursive: true }));

it('both libraries compute the same logits of the benchmark’s network', async () => {
  const ids = promptOf(checkpoint, 9);
  const before = tf.memory().numTensors;
  const [ours, onnx] = [await ourRunner(checkpoint, ids), await onnxRunner(checkpoint, ids)];
  const [logits, theirs] = [await ours.run(), await onnx.run()];
  expect(logits.length).toBe(9 * TINY.vocabulary);
  expect(Math.max(...logits)).toBeGreaterThan(0.01);
  expect(worstDifference(logits, theirs)).toBeLessThan(1e-5);
  for (const time of await leastTimes([ours, onnx], 1)) expect(time).toBeGreaterThan(0);
  await ours.dispose();
  await onnx.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('the checkpoint is made once and measured in a process of its own', async () => {
  const again = await makeCheckpoint(checkpoint.folder, TINY);
  expect(again).toEqual(checkpoint);
  const numbers = weightsOf(TINY).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  expect(checkpoint.bytes).toBeGreaterThan(numbers * 4);
  expect(await timeToRead(checkpoint.file)).toBeGreaterThan(0);
  const { milliseconds, peak, heap } = await measureLoading(checkpoint.folder);
  for (const measured of [milliseconds, peak, heap]) expect(measured).toBeGreaterThan(0);
});
