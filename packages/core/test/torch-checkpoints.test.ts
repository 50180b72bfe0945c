import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError, PatchbayError } from '../src/errors.js';
import { ModelCache } from '../src/load/cache/model-cache.js';
import { loadPretrained } from '../src/load/load-pretrained.js';
import { planPretrained } from '../src/load/plan-pretrained.js';
import type { ReadProgress } from '../src/load/progress.js';
import { useBackend } from './support/backend.js';
import { type CheckpointFolder, goldenFolder, json, torchFolder } from './support/checkpoint.js';
import { goldenBytes } from './support/golden.js';
import { HubServer } from './support/hub-server.js';
import { MapStore } from './support/map-store.js';

const BIN = 'pytorch_model.bin';

let hub: HubServer;
let gpt2: CheckpointFolder;
let opt: CheckpointFolder;

/** With the files of an older tokenizer in place of tokenizer.json. */
async function withOlderTokenizer(folder: CheckpointFolder, name: string): Promise<CheckpointFolder> {
  const { 'tokenizer.json': _, ...others } = folder;
  for (const file of ['vocab.json', 'merges.txt', 'tokenizer_config.json', 'special_tokens_map.json'])
    others[file] = await goldenBytes(`tokenizer-files/${name}/${file}`);
  return others;
}

beforeAll(async () => {
  await useBackend();
  gpt2 = await torchFolder('gpt2-f32', 'gpt2-tiny');
  opt = await withOlderTokenizer(await torchFolder('opt-f16', 'opt-tiny'), 'opt');
  const { [BIN]: _, ...nothing } = gpt2;
  hub = await HubServer.start({
    'ours/gpt2': { files: gpt2 },
    'ours/opt': { files: opt },
    'ours/both': { files: { ...gpt2, ...(await goldenFolder('gpt2-tiny')), [BIN]: json('not read') } },
    'ours/neither': { files: { ...nothing, 'tf_model.h5': json('x') } },
    'ours/legacy': { files: { ...gpt2, [BIN]: await goldenBytes('torch/legacy.bin') } },
    'ours/code': { files: { ...gpt2, [BIN]: await goldenBytes('torch/module.bin') } },
    'ours/listed': {
      files: { ...nothing, 'pytorch_model.bin.index.json': json({ weight_map: { x: '../x.bin' } }) },
    },
  });
});
afterEach(() => hub.reset());
afterAll(() => hub.stop());

const options = () => ({ hubUrl: hub.url, retry: { firstDelay: 1 } });

/** The names and numbers of a model that is loaded and freed. */
async function numbersOf(source: string): Promise<Map<string, ArrayLike<number>>> {
  const before = tf.memory().numTensors;
  const { model } = await loadPretrained(source, { ...options(), task: 'text-generation' });
  const numbers = new Map<string, ArrayLike<number>>();
  for (const [name, variable] of model.stateDict()) numbers.set(name, await variable.data());
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return numbers;
}

describe.each([
  ['the Hub', (name: string) => `ours/${name}`],
  ['another server', (name: string) => hub.plain(`ours/${name}`)],
])('from %s', (_, source) => {
  it('the file is read once, and to its end', async () => {
    const reports: ReadProgress[] = [];
    const onProgress = (progress: ReadProgress) => void reports.push(progress);
    const { model } = await loadPretrained(source('gpt2'), { ...options(), onProgress });
    model.dispose();
    expect(hub.requests.filter(({ path, server }) => server === 'cdn' && path.endsWith(BIN))).toHaveLength(1);
    const { loaded, total } = reports.at(-1) as ReadProgress;
    expect(loaded).toBe(total);
    expect(loaded).toBeGreaterThan((gpt2[BIN] as Uint8Array).length);
  });

  it('safetensors come first where there are both', async () => {
    expect(await numbersOf(source('both'))).toEqual(await numbersOf(source('gpt2')));
    expect(hub.asked('ours/both/pytorch_model.bin')).toEqual([]);
  });

  it('shards, and a tokenizer of older files', async () => {
    const { model, tokenizer } = await loadPretrained(source('opt'), {
      ...options(),
      task: 'text-generation',
    });
    expect(tokenizer.encode('The dog').map((id) => tokenizer.tokenText(id))).toEqual(['</s>', 'The', ' dog']);
    model.dispose();
  });

  it.each([
    ['gpt2', 1],
    ['opt', 2],
  ])('what %s needs is known from the start of its files', async (name, count) => {
    const before = tf.memory().numTensors;
    const plan = await planPretrained(source(name), options());
    const sizes = Object.entries(name === 'opt' ? opt : gpt2).filter(([file]) => file.endsWith('.bin'));
    expect(plan.files.bytes).toBe(sizes.reduce((sum, [, { length }]) => sum + length, 0));
    expect(plan.parameterCount * 4).toBe(plan.weights.f32.bytes);
    const isBin = (path: string) => sizes.some(([file]) => path.endsWith(file));
    const asked = hub.requests.filter(({ path, server }) => server === 'cdn' && isBin(path));
    expect(asked).toHaveLength(count);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['neither', /no model\.safetensors or pytorch_model\.bin in .*neither/],
    ['legacy', /format before torch 1\.6.*'refs\/pr\/1'/],
    ['code', /code that is not run: 'torch\.nn\.modules\.linear\.Linear'/],
    ['listed', /pytorch_model\.bin\.index\.json lists "\.\.\/x\.bin", which is no name of a \.bin file/],
  ])('%s is refused in words', async (name, message) => {
    const before = tf.memory().numTensors;
    for (const open of [loadPretrained, planPretrained]) {
      const failure = open(source(name), options());
      await expect(failure).rejects.toThrow(CheckpointError);
      await expect(failure).rejects.toThrow(message);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('goes on after a broken connection, and keeps what it has read', async () => {
  const cache = new ModelCache(new MapStore());
  hub.faults.push({ path: BIN, server: 'cdn', cutAfter: 9000, times: 1 });
  (await loadPretrained('ours/gpt2', { ...options(), cache })).model.dispose();
  hub.reset();
  hub.faults.push({ path: '', dead: true });
  (await loadPretrained('ours/gpt2', { ...options(), cache })).model.dispose();
});

it('a file that is cut or damaged is an error, and leaves nothing behind', async () => {
  const before = tf.memory().numTensors;
  const file = gpt2[BIN] as Uint8Array<ArrayBuffer>;
  const load = (bytes: Uint8Array<ArrayBuffer>) =>
    loadPretrained(Object.entries({ ...gpt2, [BIN]: bytes }).map(([name, each]) => new File([each], name)));
  for (const length of [0, 3, 1000, 20_000, file.length - 1])
    await expect(load(file.slice(0, length))).rejects.toThrow(PatchbayError);
  for (const at of [5, 100, 5000, 15_000, 25_000, 35_000]) {
    const damaged = file.slice();
    for (let i = at; i < at + 64; i += 1) damaged[i] = (damaged[i] as number) ^ 0xff;
    await expect(load(damaged), `${at}`).rejects.toThrow(CheckpointError);
  }
  expect(tf.memory().numTensors).toBe(before);
});
