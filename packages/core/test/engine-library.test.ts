import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Engine, LoadEvent, ModelSource, RunRequest } from '../src/engine/protocol.js';
import { createEngine } from '../src/engine/worker.js';
import { ModelCache } from '../src/load/cache/model-cache.js';
import type { BlobStore } from '../src/load/cache/store.js';
import { HubServer } from './support/hub-server.js';

const WEIGHTS = 'model.safetensors';
const TOKEN = 'hf_secret';
const open: ModelSource = { kind: 'hub', id: 'ours/little', revision: null };
const closed: ModelSource = { kind: 'hub', id: 'ours/private', revision: null };
const request: RunRequest = {
  input: { kind: 'text', text: 'Mary' },
  patches: [],
  position: null,
  topK: 1,
  knownGraph: null,
};

let hub: HubServer;
let engine: Engine;

beforeAll(async () => {
  const names = ['config.json', WEIGHTS, 'tokenizer.json'];
  const read = async (name: string) => [name, await readFile(`public/models/little-world/${name}`)] as const;
  const files = Object.fromEntries(await Promise.all(names.map(read)));
  hub = await HubServer.start({ 'ours/little': { files }, 'ours/private': { files, token: TOKEN } });
});
afterAll(() => hub.stop());

beforeEach(async () => {
  hub.reset();
  const cache = new ModelCache(mapStore());
  const surroundings = { hubUrl: hub.url, cache, retry: { attempts: 1 } };
  engine = createEngine({ wasmFiles: {}, surroundings });
  await engine.start('cpu');
});

function mapStore(): BlobStore {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    get: async (name) => kept.get(name) ?? null,
    put: async (name, bytes) => void kept.set(name, bytes.slice()),
    delete: async (name) => void kept.delete(name),
    names: async () => [...kept.keys()],
  };
}

/** Begins a load whose weights come so slowly that it is under way until it is cancelled, and waits for some bytes. */
async function beginSlowLoad(): Promise<{ outcome: Promise<string>; events: LoadEvent[] }> {
  hub.faults.push({ path: WEIGHTS, server: 'cdn', slow: [20_000, 50] });
  const events: LoadEvent[] = [];
  let outcome: Promise<string> = Promise.resolve('');
  await new Promise<void>((resolve) => {
    const load = engine.load(open, {}, (event) => {
      events.push(event);
      if (events.length > 2) resolve();
    });
    outcome = load.then(
      () => 'loaded',
      ({ code }: { code: string }) => code,
    );
  });
  hub.faults.length = 0;
  return { outcome, events };
}

it('plans a model from its config and headers, and loads it from the cache a second time', async () => {
  const plan = await engine.plan(open);
  const size = (await readFile(`public/models/little-world/${WEIGHTS}`)).length;
  expect(plan).toMatchObject({
    name: expect.stringMatching(/^ours\/little@c0ffee/),
    task: 'text-generation',
    architecture: 'gpt2',
    download: { bytes: size, here: 0 },
    notices: [],
  });
  expect(plan.weights.map(({ kind, problem }) => [kind, problem])).toEqual([
    ['f32', null],
    ['f16', null],
    ['int8', null],
  ]);
  const info = await engine.load(open);
  expect(info.parameterCount).toBe(plan.parameterCount);
  hub.requests.length = 0;
  await engine.load(open);
  expect(hub.asked(WEIGHTS)).toEqual([]);
  expect((await engine.plan(open)).download.here).toBe(size);
});

it('runs the model of before while another one comes in, and goes on where it was stopped', async () => {
  const files = [...(await Promise.all(['config.json', WEIGHTS, 'tokenizer.json'].map(localFile)))];
  await engine.load({ kind: 'files', files });
  const before = tf.memory().numTensors;
  const { outcome, events } = await beginSlowLoad();
  const result = await engine.run(request);
  expect(result.tokens).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ kind: 'progress', rate: expect.any(Number) });

  await engine.cancel('load');
  expect(await outcome).toBe('cancelled');
  await engine.load({ kind: 'files', files });
  expect(tf.memory().numTensors).toBe(before);

  hub.requests.length = 0;
  await engine.load(open);
  expect(hub.asked(WEIGHTS).map(({ range }) => range)[0]).toMatch(/^bytes=[1-9]\d*-$/);
  expect(tf.memory().numTensors).toBe(before);
});

it('gives up a load for another one, also one that waits for its turn', async () => {
  const { outcome } = await beginSlowLoad();
  const second = expect(engine.load(open)).rejects.toMatchObject({ code: 'cancelled' });
  const third = expect(engine.load(open)).resolves.toMatchObject({ architecture: 'gpt2' });
  expect(await outcome).toBe('cancelled');
  await second;
  await third;
});

it('lists what is kept, in part too, and forgets it', async () => {
  const { outcome } = await beginSlowLoad();
  await engine.cancel('load');
  await outcome;
  const [part] = (await engine.kept()).models;
  expect(part).toMatchObject({ name: 'ours/little', complete: false });
  await engine.load(open);
  const { models } = await engine.kept();
  expect(models).toMatchObject([{ id: part?.id, complete: true }]);
  expect(models[0]?.bytes).toBeGreaterThan(part?.bytes ?? Number.POSITIVE_INFINITY);
  await engine.removeKept(models[0]?.id ?? '');
  expect((await engine.kept()).models).toEqual([]);
  await engine.load(open);
  await engine.clearKept();
  expect((await engine.kept()).models).toEqual([]);
});

it('takes a token for what is private, and loads it again without a connection', async () => {
  await expect(engine.plan(closed)).rejects.toMatchObject({ code: 'access' });
  await engine.load(closed, { token: TOKEN });
  expect(JSON.stringify(await engine.kept())).not.toContain(TOKEN);
  hub.faults.push({ path: '', status: 503 });
  const events: LoadEvent[] = [];
  await engine.load(closed, { token: TOKEN }, (event) => events.push(event));
  expect(events).toContainEqual({ kind: 'notice', notice: expect.objectContaining({ kind: 'offline' }) });
});

async function localFile(name: string): Promise<File> {
  return new File([await readFile(`public/models/little-world/${name}`)], name);
}
