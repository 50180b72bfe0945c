import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { StateDictError } from '../src/errors.js';
import { ModelCache } from '../src/load/cache/model-cache.js';
import { loadPretrained } from '../src/load/load-pretrained.js';
import { planPretrained } from '../src/load/plan-pretrained.js';
import { useBackend } from './support/backend.js';
import { type CheckpointFolder, goldenFolder, json, sharded } from './support/checkpoint.js';
import { HubServer } from './support/hub-server.js';
import { MapStore } from './support/map-store.js';

const WEIGHTS = 'model.safetensors';
/** Numbers of a `llama-tiny`, by what its config says. */
let parameters: number;
let hub: HubServer;
let folder: CheckpointFolder;

beforeAll(async () => {
  await useBackend();
  folder = await goldenFolder('llama-tiny');
  const { model } = await loadPretrained(
    Object.entries(folder).map(([name, bytes]) => new File([bytes], name)),
  );
  parameters = [...model.namedParameters().values()].reduce((sum, { size }) => sum + size, 0);
  model.dispose();
  const config = JSON.parse(new TextDecoder().decode(folder['config.json']));
  hub = await HubServer.start({
    'ours/tiny': { files: folder },
    'ours/sharded': { files: await sharded(folder) },
    'ours/other': { files: { ...folder, 'config.json': json({ ...config, vocab_size: 5 }) } },
  });
});
afterEach(() => hub.reset());
afterAll(() => hub.stop());

it.each([
  ['the Hub', () => 'ours/tiny'],
  ['the Hub, in shards', () => 'ours/sharded'],
  ['another server', () => hub.plain('ours/tiny')],
])('from %s tells what there is to load, and loads nothing', async (_, source) => {
  const before = { ...tf.memory() };
  const plan = await planPretrained(source(), { hubUrl: hub.url });
  const isWeights = (name: string) => name.endsWith('.safetensors');
  const files = source() === 'ours/sharded' ? await sharded(folder) : folder;
  const bytes = Object.entries(files).reduce(
    (sum, [name, { length }]) => sum + (isWeights(name) ? length : 0),
    0,
  );
  expect(plan).toMatchObject({
    architecture: 'llama',
    task: 'text-generation',
    parameterCount: parameters,
    files: { bytes, cached: 0 },
    weights: { f32: { bytes: 4 * parameters, notice: null, refusal: null } },
    storageLeft: null,
  });
  expect(plan.weights.f32.largest).toMatchObject({ name: expect.stringMatching(/weight$/) });
  expect(plan.weights.int8.notice).toMatch(/kept as float32/);
  expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  // Of each file with weights its beginning, once.
  const asked = hub.requests.filter(({ path, server }) => server === 'cdn' && isWeights(path));
  expect(asked).toHaveLength(source() === 'ours/sharded' ? 2 : 1);
});

it('tells what need not be downloaded', async () => {
  const cache = new ModelCache(new MapStore());
  const bytes = folder[WEIGHTS]?.length as number;
  hub.faults.push({ path: WEIGHTS, server: 'cdn', cutAfter: 5000 });
  const options = { hubUrl: hub.url, cache, retry: { attempts: 1 } };
  await expect(loadPretrained('ours/tiny', options)).rejects.toThrow();
  hub.reset();
  expect((await planPretrained('ours/tiny', options)).files).toEqual({ bytes, cached: 5000 });
  (await loadPretrained('ours/tiny', options)).model.dispose();
  hub.faults.push({ path: '', dead: true });
  expect((await planPretrained('ours/tiny', options)).files).toEqual({ bytes, cached: bytes });
});

it('refuses what could not be loaded', async () => {
  const before = tf.memory().numTensors;
  const failure = planPretrained('ours/other', { hubUrl: hub.url });
  await expect(failure).rejects.toThrow(StateDictError);
  await expect(failure).rejects.toThrow(/expected \[5, /);
  expect(tf.memory().numTensors).toBe(before);
});

it('of a model that TensorFlow.js has saved', async () => {
  const plan = await planPretrained('public/models/digits');
  expect(plan).toMatchObject({ architecture: 'layers-model', task: 'tensors' });
  expect(plan.files.bytes).toBeGreaterThan(0);
  expect(plan.weights.f32.bytes).toBe(4 * plan.parameterCount);
});
