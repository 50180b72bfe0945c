import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadPretrained } from '../../src/load/load-pretrained.js';
import { readSafetensors, type StoredTensor } from '../../src/load/safetensors.js';
import { WeightSink } from '../../src/load/weight-sink.js';
import type { LanguageModel } from '../../src/models/language-model.js';
import { Sequential } from '../../src/module/containers.js';
import { Embedding } from '../../src/nn/embedding.js';
import { withoutInit } from '../../src/nn/init.js';
import { Linear } from '../../src/nn/linear.js';
import { useBackend } from '../support/backend.js';
import { type CheckpointFolder, goldenFolder, torchFolder } from '../support/checkpoint.js';
import { goldenBytes } from '../support/golden.js';
import { difference } from '../support/models.js';

let tolerance = 1e-4;
let before: number;

beforeAll(async () => {
  if ((await useBackend()) === 'webgpu') tolerance = 1e-3;
  before = tf.memory().numTensors;
});
afterAll(() => expect(tf.memory().numTensors).toBe(before));

async function load(folder: CheckpointFolder): Promise<LanguageModel> {
  const files = Object.entries(folder).map(([name, bytes]) => new File([bytes], name));
  return (await loadPretrained(files, { task: 'text-generation' })).model;
}

it.each([
  ['gpt2-f32', 'gpt2-tiny'],
  ['opt-f16', 'opt-tiny'],
  ['llama-bf16', 'llama-bf16'],
])('%s is the same model as from safetensors', async (name, source) => {
  const [model, same] = [await load(await torchFolder(name, source)), await load(await goldenFolder(source))];
  const state = model.stateDict();
  for (const [key, variable] of same.stateDict())
    expect(await state.get(key)?.data(), key).toEqual(await variable.data());
  const golden = new Map(readSafetensors(await goldenBytes(`${source}/golden.safetensors`)));
  const { values, shape } = golden.get('input_ids') as StoredTensor;
  const inputIds = tf.tensor2d(values, shape as [number, number], 'int32');
  const logits = tf.tidy(() => model.apply(inputIds).logits);
  expect(await difference(logits, golden.get('logits') as StoredTensor)).toBeLessThan(tolerance);
  tf.dispose([inputIds, logits]);
  model.dispose();
  same.dispose();
});

it('a weight that comes by two of its names at once is held once', async () => {
  const module = withoutInit(() => {
    const embedding = new Embedding(2, 1);
    const head = new Linear(1, 2, { bias: false });
    head.tie(embedding.weight);
    return new Sequential(embedding, head);
  });
  const sink = new WeightSink(module);
  const [first, second] = [sink.begin('0.weight'), sink.begin('1.weight')];
  second.write(Float32Array.of(3, 4));
  second.end();
  first.write(Float32Array.of(1, 2));
  first.end();
  const { weight } = module.at(0) as Embedding;
  expect([...(await weight.data())]).toEqual([1, 2]);
  const again = sink.begin('1.weight');
  again.write(Float32Array.of(5, 6));
  again.end();
  expect([...(await weight.data())]).toEqual([5, 6]);
  module.dispose();
});
