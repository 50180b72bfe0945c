import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { ModelCache } from '../../src/load/cache/model-cache.js';
import { type BlobStore, browserStore } from '../../src/load/cache/store.js';
import { loadPretrained } from '../../src/load/load-pretrained.js';
import type { ReadNotice } from '../../src/load/notices.js';
import type { PretrainedOptions } from '../../src/load/pretrained.js';
import { readSafetensors } from '../../src/load/safetensors.js';
import { useBackend } from '../support/backend.js';
import { dataStart } from '../support/checkpoint.js';
import { goldenBytes } from '../support/golden.js';
import { hub } from '../support/hub-client.js';
import type { Fault } from '../support/hub-server.js';
import { MapStore } from '../support/map-store.js';

const WEIGHTS = 'model.safetensors';
const TOKEN = 'hf_secretsecret';

let weights: Uint8Array<ArrayBuffer>;
let store: BlobStore;
let cache: ModelCache;
let notices: ReadNotice[];

beforeAll(async () => {
  await useBackend();
  weights = await goldenBytes('llama-tiny/model.safetensors');
});

beforeEach(async () => {
  // In a browser the real one; Node has none.
  store = (await browserStore('tests')) ?? new MapStore();
  cache = new ModelCache(store);
  notices = [];
  await hub.reset();
});

afterEach(() => cache.clear());

function load(source: string, options: PretrainedOptions = {}) {
  const onNotice = (notice: ReadNotice) => notices.push(notice);
  return loadPretrained(source, {
    hubUrl: hub.url,
    cache,
    onNotice,
    retry: { firstDelay: 1, attempts: 2 },
    ...options,
  });
}

/** Loads, and compares a weight with the one in the file. */
async function expectLoaded(source: string, options: PretrainedOptions = {}): Promise<void> {
  const before = tf.memory().numTensors;
  const { model } = await load(source, options);
  const [name, { values }] = [...readSafetensors(weights)].at(-1) as [string, { values: Float32Array }];
  expect(await model.stateDict().get(name)?.data()).toEqual(values);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
}

async function rangesOf(file: string): Promise<(string | null)[]> {
  const requests = await hub.requests();
  return requests
    .filter(({ path, server }) => server === 'cdn' && path.endsWith(file))
    .map(({ range }) => range);
}

/** Of the weights. */
async function keptBytes(): Promise<number> {
  const chunks = (await store.names()).filter((name) => name.includes(`${WEIGHTS}/`) && /\d$/.test(name));
  const sizes = await Promise.all(chunks.map(async (name) => (await store.get(name))?.length ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe.each([
  ['the Hub', () => 'ours/tiny', () => 'ours/tiny'],
  ['another server', () => hub.plain, () => `${hub.plain}/`],
])('a model from %s', (kind, source, name) => {
  const isHub = kind === 'the Hub';
  // Browsers drop what they have not given out yet when a connection breaks, so it breaks some time later.
  const cut = (cutAfter: number): Fault => ({
    path: WEIGHTS,
    server: 'cdn',
    cutAfter,
    slow: [1000, 20],
  });

  it('is downloaded once, listed with its size, and then needs no connection', async () => {
    await expectLoaded(source());
    const [listing] = await cache.list();
    expect(listing).toMatchObject({ name: name(), complete: true });
    expect(listing?.bytes).toBeGreaterThan(weights.length);
    expect(Date.now() - Number(listing?.lastUsed)).toBeLessThan(60_000);
    await hub.reset();
    await expectLoaded(source());
    expect(await rangesOf(WEIGHTS)).toEqual(isHub ? [] : ['bytes=0-0']);
    await hub.reset({ path: '', dead: true });
    await expectLoaded(source());
    expect(new Set(notices.map((notice) => notice.kind))).toEqual(new Set(['offline']));
  });

  it('goes on later where a load was broken off', async () => {
    let kept = 0;
    for (const next of [5000, 3000]) {
      await hub.reset({ ...cut(next), times: 1 }, cut(0));
      await expect(load(source())).rejects.toThrow(/connection broke|could not be fetched/);
      expect((await rangesOf(WEIGHTS))[0]).toBe(`bytes=${kept}-`);
      expect(await cache.list()).toMatchObject([{ complete: false }]);
      expect(await keptBytes()).toBeGreaterThan(kept);
      kept = await keptBytes();
    }
    await hub.reset();
    await expectLoaded(source());
    expect(await rangesOf(WEIGHTS)).toEqual([`bytes=${kept}-`]);
    expect(await cache.list()).toMatchObject([{ complete: true }]);
    expect(await keptBytes()).toBe(weights.length);
  });

  it('is asked for again where a connection breaks and no other one is had at once', async () => {
    const dead: Fault = { path: WEIGHTS, server: 'cdn', dead: true, times: 1 };
    await hub.reset({ ...cut(5000), times: 1 }, dead);
    await expectLoaded(source(), { retry: { firstDelay: 1, attempts: 3 } });
  });

  it('goes on later where a load was stopped', async () => {
    const stop = new AbortController();
    await hub.reset({ path: WEIGHTS, server: 'cdn', slow: [5000, 200] });
    const before = tf.memory().numTensors;
    const failure = load(source(), {
      signal: stop.signal,
      onProgress: ({ loaded }) => loaded > 5000 && stop.abort(),
    });
    await expect(failure).rejects.toThrow(/abort/i);
    expect(tf.memory().numTensors).toBe(before);
    await hub.reset();
    await expectLoaded(source());
    expect(await rangesOf(WEIGHTS)).toEqual([expect.stringMatching(/^bytes=\d{4,}-$/)]);
  });

  it('is fetched again from where what was kept is damaged or gone', async () => {
    await hub.reset({ ...cut(5000), times: 1 }, cut(0));
    await expect(load(source())).rejects.toThrow();
    const first = await keptBytes();
    await hub.reset();
    await expectLoaded(source());
    const second = (await store.names()).find((each) => each.endsWith(`${WEIGHTS}/1`)) as string;
    for (const spoil of [() => store.put(second, new Uint8Array(7)), () => store.delete(second)]) {
      await spoil();
      await hub.reset();
      notices = [];
      await expectLoaded(source());
      expect(notices).toMatchObject([{ kind: 'dropped', file: WEIGHTS }]);
      expect(await rangesOf(WEIGHTS)).toEqual([...(isHub ? [] : ['bytes=0-0']), `bytes=${first}-`]);
    }
  });

  it('is fetched again if its entries are no JSON, or other JSON', async () => {
    await expectLoaded(source());
    for (const text of ['{', '{"chunks":5}']) {
      for (const each of await store.names())
        if (!/\/\d+$/.test(each)) await store.put(each, new TextEncoder().encode(text));
      await expectLoaded(source());
      expect(await cache.list()).toMatchObject([{ complete: true, name: name() }]);
    }
  });

  it('is freed by itself or with all others', async () => {
    await expectLoaded(source());
    await cache.model('another', { name: 'another', revision: null }).then((other) => other.update({}));
    const listings = await cache.list();
    expect(listings).toHaveLength(2);
    await cache.remove(listings.find((each) => each.name === name())?.id as string);
    expect((await cache.list()).map((each) => each.name)).toEqual(['another']);
    await cache.clear();
    expect(await store.names()).toEqual([]);
  });

  it('does not count as complete if it was removed while it was loaded', async () => {
    const kept = await cache.model('one', { name: 'one', revision: null });
    await kept.update({});
    await kept.finish();
    expect(await cache.list()).toMatchObject([{ name: 'one', complete: true }]);
    const again = await cache.model('one', { name: 'one', revision: null });
    await cache.clear();
    await again.finish();
    expect(await cache.list()).toEqual([]);
  });

  it('is loaded also where there is no room to keep it, which is said', async () => {
    const full: BlobStore = {
      get: (each) => store.get(each),
      put: async () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
      delete: (each) => store.delete(each),
      names: () => store.names(),
    };
    await expectLoaded(source(), { cache: new ModelCache(full) });
    expect(notices).toContainEqual({
      kind: 'uncached',
      file: WEIGHTS,
      reason: 'the browser gives no more room',
    });
    expect(await store.names()).toEqual([]);
  });
});

it('weights whose hash is wrong are not kept', async () => {
  const damage = dataStart(weights, 'model.norm.weight');
  await hub.reset({ path: WEIGHTS, server: 'cdn', damage });
  await expect(load('ours/tiny')).rejects.toThrow(/came damaged/);
  expect((await store.names()).filter((each) => each.includes(WEIGHTS))).toEqual([]);
  await hub.reset();
  await expectLoaded('ours/tiny');
});

it('a file that has changed on its server is fetched anew', async () => {
  await hub.reset({ path: WEIGHTS, etag: '"older"' });
  await expectLoaded(hub.plain);
  await hub.reset();
  await expectLoaded(hub.plain);
  expect(notices).toMatchObject([{ kind: 'dropped', file: WEIGHTS }]);
  expect(await rangesOf(WEIGHTS)).toEqual(['bytes=0-0', 'bytes=0-']);
});

it('a file without any sign of its version is not kept', async () => {
  await hub.reset({ path: WEIGHTS, etag: null });
  await expectLoaded(hub.plain);
  expect((await store.names()).filter((each) => each.includes(WEIGHTS))).toEqual([]);
});

it.runIf(inject('backend') === 'webgpu')('a server may keep pages from reading answers', async () => {
  await hub.reset({ path: 'generation_config.json', noCors: true });
  await expectLoaded(hub.plain);
  expect(notices).toEqual([]);
  await cache.clear();
  await hub.reset({ path: '', noCors: true });
  await expect(load(hub.plain)).rejects.toThrow(
    /config\.json is there, but its server lets no other pages read it/,
  );
  await hub.reset({ path: '', dead: true });
  await expect(load(hub.plain)).rejects.toThrow(/config\.json could not be fetched\. Check the connection/);
});

it.runIf(inject('backend') === 'webgpu')('a worker has the same cache as its page', async () => {
  const shared = (await ModelCache.ofBrowser()) as ModelCache;
  await expectLoaded('ours/tiny', { cache: undefined });
  const worker = new Worker(new URL('../support/cache-worker.ts', import.meta.url), { type: 'module' });
  const listed = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage('list');
  });
  worker.terminate();
  expect(listed).toEqual(await shared.list());
  expect(listed).toMatchObject([{ name: 'ours/tiny', complete: true }]);
  await shared.clear();
});

it('tokens are kept nowhere, and what they gave access to stays', async () => {
  await expectLoaded('ours/private', { token: TOKEN });
  for (const name of await store.names()) {
    expect(name).not.toContain(TOKEN);
    expect(new TextDecoder('latin1').decode((await store.get(name)) ?? undefined)).not.toContain(TOKEN);
  }
  await hub.reset({ path: '', dead: true });
  await expectLoaded('ours/private');
});
