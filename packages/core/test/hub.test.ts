import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccessError, CheckpointError, IntegrityError, SourceError } from '../src/errors.js';
import { loadPretrained } from '../src/load/load-pretrained.js';
import type { ReadNotice } from '../src/load/notices.js';
import type { PretrainedOptions } from '../src/load/pretrained.js';
import type { ReadProgress } from '../src/load/progress.js';
import { readSafetensors } from '../src/load/safetensors.js';
import { useBackend } from './support/backend.js';
import { type CheckpointFolder, dataStart, goldenFolder, json, sharded } from './support/checkpoint.js';
import { COMMIT, type Fault, HubServer } from './support/hub-server.js';

const TOKEN = 'hf_secretsecret';
const WEIGHTS = 'model.safetensors';
const OLDER = 'f00d'.padEnd(40, '0');

let hub: HubServer;
let folder: CheckpointFolder;
let weights: Uint8Array;

beforeAll(async () => {
  await useBackend();
  folder = await goldenFolder('llama-tiny');
  weights = folder[WEIGHTS] as Uint8Array;
  hub = await HubServer.start({
    'ours/tiny': { files: folder, revisions: { main: COMMIT, 'refs/pr/1': OLDER } },
    'ours/sharded': { files: await sharded(folder) },
    'ours/private': { files: folder, token: TOKEN },
    'ours/gated': { files: folder, gated: true },
  });
});
afterEach(() => hub.reset());
afterAll(() => hub.stop());

/** Waits shortly, so that tests do. */
const retry = { firstDelay: 1 };

function load(source: string | URL, options: PretrainedOptions = {}) {
  return loadPretrained(source, { hubUrl: hub.url, retry, ...options });
}

/** Loads, compares all weights with those of the file, and frees the model. */
async function expectLoaded(source: string | URL, options: PretrainedOptions = {}): Promise<void> {
  const before = tf.memory().numTensors;
  const { model } = await load(source, options);
  const state = model.stateDict();
  for (const [name, { values }] of readSafetensors(weights))
    expect(await state.get(name)?.data(), name).toEqual(values);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
}

/** How many times a load waits for bytes. */
async function waitsOf(source: string | URL): Promise<number> {
  let count = 0;
  const { model } = await load(source, {
    waits: (wait) => {
      count += 1;
      return wait();
    },
  });
  model.dispose();
  return count;
}

/** The error of a load, which must leave nothing behind. */
async function failureOf(source: string | URL, options: PretrainedOptions = {}): Promise<Error> {
  const before = tf.memory().numTensors;
  const error = await load(source, options).then(
    () => expect.unreachable(),
    (reason: Error) => reason,
  );
  expect(tf.memory().numTensors).toBe(before);
  return error;
}

describe('names and addresses', () => {
  it('a Hub id is resolved to its commit, and all files are of that commit', async () => {
    await expectLoaded('ours/tiny');
    expect(hub.asked(`/resolve/${COMMIT}/config.json`)).toHaveLength(1);
    expect(hub.requests.filter(({ path }) => path.includes('/main'))).toHaveLength(1);
  });

  it.each([
    ['ours/tiny@refs/pr/1', {}],
    ['ours/tiny', { revision: 'refs/pr/1' }],
    [`ours/tiny@${OLDER}`, { revision: 'main' }],
    ['/ours/tiny/tree/refs%2Fpr%2F1', {}],
    ['/ours/tiny/blob/refs%2Fpr%2F1/model.safetensors', {}],
    ['/ours/tiny/resolve/refs%2Fpr%2F1/config.json', {}],
  ])('%s with %o is an older commit', async (source, options) => {
    await expectLoaded(source.startsWith('/') ? hub.url + source : source, options);
    expect(hub.asked(`/resolve/${OLDER}/config.json`)).toHaveLength(1);
  });

  it('shards, and what a folder on another server has', async () => {
    await expectLoaded('ours/sharded');
    await expectLoaded(`${hub.url}/ours/sharded`);
    await expectLoaded(hub.plain('ours/sharded'));
    await expectLoaded(`${hub.plain('ours/tiny')}/model.safetensors`);
    await expectLoaded(new URL(`${hub.plain('ours/tiny')}/`));
  });
});

describe('access', () => {
  it('a private model takes a token, which goes to the Hub and never on to the CDN', async () => {
    await expectLoaded('ours/private', { token: TOKEN });
    const seen = (server: 'hub' | 'cdn') =>
      new Set(hub.requests.filter((each) => each.server === server).map((each) => each.authorization));
    expect(seen('hub')).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(seen('cdn')).toEqual(new Set([null]));
  });

  it.each([
    ['ours/private', undefined, /no public model 'ours\/private'.*give a token/],
    ['ours/private', 'hf_another', /no model 'ours\/private' that the token given may read/],
    ['ours/nothing', undefined, /no public model 'ours\/nothing'/],
    ['ours/gated', undefined, /gated: accept its licence at .*\/ours\/gated, and give a token/],
    ['ours/gated', 'hf_another', /gated: accept its licence at .* that the token belongs to/],
    ['ours/tiny', 'hf_two lines\n', /The token given is none/],
  ])('%s with the token %s says what to do', async (model, token, message) => {
    const error = await failureOf(model, { token });
    expect(error).toBeInstanceOf(AccessError);
    expect(error.message).toMatch(message);
    if (token !== undefined) expect(`${error.message} ${error.stack}`).not.toContain(token);
  });

  it('an unknown revision is no matter of access', async () => {
    const error = await failureOf('ours/tiny@nowhere');
    expect(error).not.toBeInstanceOf(AccessError);
    expect(error.message).toMatch(/'ours\/tiny' has no such revision/);
  });

  it('a server that is no Hub says no by its status', async () => {
    hub.faults.push({ path: 'config.json', status: 403 });
    const error = await failureOf(hub.plain('ours/tiny'));
    expect(error).toBeInstanceOf(AccessError);
    expect(error.message).toMatch(/config\.json answered 403 \(Forbidden\)/);
  });

  it('a file that is not there is named', async () => {
    hub.faults.push({ path: 'config.json', status: 404 });
    const error = await failureOf(hub.plain('ours/tiny'));
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toMatch(/There is no config\.json in http:/);
  });
});

/** Of the requests for the weights that got bytes. */
function ranges(): (string | null)[] {
  return hub
    .asked(WEIGHTS)
    .filter(({ server }) => server === 'cdn')
    .map(({ range }) => range);
}

describe.each([
  ['the Hub', () => 'ours/tiny'],
  ['another server', () => hub.plain('ours/tiny')],
])('from %s', (_, source) => {
  const fault = (details: Omit<Fault, 'path' | 'server'>) =>
    hub.faults.push({ path: WEIGHTS, server: 'cdn', ...details });

  it('weights come in one request', async () => {
    await expectLoaded(source());
    expect(ranges()).toEqual(['bytes=0-']);
  });

  it('a cut connection goes on where it stopped', async () => {
    const notices: ReadNotice[] = [];
    fault({ cutAfter: 5000, times: 1 });
    fault({ cutAfter: 3000, times: 1 });
    await expectLoaded(source(), { onNotice: (notice) => notices.push(notice) });
    expect(ranges()).toEqual(['bytes=0-', 'bytes=5000-', 'bytes=8000-']);
    expect(notices).toMatchObject([
      {
        kind: 'retry',
        file: WEIGHTS,
        reason: expect.stringContaining('The connection broke'),
        seconds: 0.001,
      },
      { kind: 'retry', file: WEIGHTS },
    ]);
  });

  it('a server without ranges gives all in one answer, and after a break once more', async () => {
    fault({ ignoreRange: true, times: 1 });
    await expectLoaded(source());
    expect(ranges()).toHaveLength(1);
    fault({ ignoreRange: true, cutAfter: 5000, times: 1 });
    fault({ ignoreRange: true });
    await expectLoaded(source());
    expect(ranges()).toHaveLength(3);
  });

  it('gives up after some attempts without any bytes', async () => {
    fault({ cutAfter: 0 });
    const error = await failureOf(source(), { retry: { firstDelay: 1, attempts: 3 } });
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ code: 'source', mayPass: true });
    expect(ranges()).toHaveLength(3);
  });

  it('waits as long as a busy server asks', async () => {
    const notices: ReadNotice[] = [];
    fault({ status: 429, headers: { 'retry-after': '0' }, times: 1 });
    fault({ status: 503, times: 1 });
    await expectLoaded(source(), { onNotice: (notice) => notices.push(notice) });
    expect(notices).toMatchObject([
      { kind: 'retry', reason: expect.stringContaining('429 (Too Many Requests)'), seconds: 0 },
      { kind: 'retry', reason: expect.stringContaining('503 (Service Unavailable)') },
    ]);
  });

  it('does not wait longer than allowed, and says how long', async () => {
    fault({ status: 429, headers: { 'retry-after': '3600' } });
    const error = await failureOf(source());
    expect(error.message).toMatch(/429 .* asks to wait for 3600 s/);
    expect(ranges()).toHaveLength(1);
  });

  it('stops while it waits, and while bytes come', async () => {
    for (const details of [
      { status: 429, headers: { 'retry-after': '30' } },
      { slow: [1000, 20] as [number, number] },
    ]) {
      hub.reset();
      fault(details);
      const stop = new AbortController();
      const failure = failureOf(source(), {
        signal: stop.signal,
        onNotice: () => stop.abort(),
        onProgress: () => stop.abort(),
      });
      expect((await failure).name).toBe('AbortError');
    }
  });

  it('can be stopped at each of its waits', async () => {
    const waits = await waitsOf(source());
    for (let last = 1; last <= waits; last += 1) {
      const stop = new AbortController();
      let begun = 0;
      const failure = failureOf(source(), {
        signal: stop.signal,
        waits: (wait) => {
          begun += 1;
          const waited = wait();
          if (begun === last) stop.abort();
          return waited;
        },
      });
      expect((await failure).name, `stopped at ${last}`).toBe('AbortError');
    }
  });

  it.each([
    ['shorter', { longer: -8 }],
    ['longer', { longer: 8 }],
    ['shorter, without ranges', { longer: -8, ignoreRange: true }],
    ['longer, without ranges and length', { longer: 8, ignoreRange: true, chunked: true }],
  ])('a file that is %s than promised is refused', async (_, details) => {
    fault(details);
    const error = await failureOf(source(), { retry: { firstDelay: 1, attempts: 2 } });
    expect(['integrity', 'checkpoint']).toContain((error as SourceError).code);
    expect(error.message).toMatch(
      /promised|changed on its server|is not complete|belong to no tensor|more than/,
    );
  });

  it('a file that changes meanwhile is refused', async () => {
    fault({ cutAfter: 5000, times: 1 });
    fault({ longer: 4, etag: '"another"' });
    const error = await failureOf(source());
    expect(error).toBeInstanceOf(IntegrityError);
    expect(error.message).toMatch(
      /changed on its server while it was being loaded|has 22500 bytes where 22496 were promised/,
    );
  });
});

describe('any server', () => {
  it('gets the query of the address with each request', async () => {
    await expectLoaded(`${hub.plain('ours/tiny')}?key=1`);
    expect(new Set(hub.requests.map(({ query }) => query))).toEqual(new Set(['?key=1']));
  });

  it('may answer missing files with a page', async () => {
    hub.faults.push({ path: 'config.json', status: 200, headers: { 'content-type': 'text/html' } });
    const error = await failureOf(hub.plain('ours/tiny'));
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toMatch(/no config\.json/);
  });

  it('may be out of reach', async () => {
    const error = await failureOf('http://127.0.0.1:9/models/x', { retry: { attempts: 1 } });
    expect(error).toBeInstanceOf(SourceError);
    expect(error.message).toMatch(/9\/models\/x\/config\.json could not be fetched\. Check the connection/);
  });

  it('may fall silent', async () => {
    hub.faults.push({ path: WEIGHTS, slow: [5000, 60_000], times: 1 });
    await expectLoaded(hub.plain('ours/tiny'), { retry: { ...retry, silence: 200 } });
    expect(ranges()).toEqual(['bytes=0-', 'bytes=5000-']);
  });
});

it('on the Hub a file may come from servers that call its version otherwise', async () => {
  hub.faults.push({ path: WEIGHTS, server: 'cdn', cutAfter: 5000, times: 1 });
  hub.faults.push({ path: WEIGHTS, server: 'cdn', etag: '"another"' });
  await expectLoaded('ours/tiny');
  expect(ranges()).toEqual(['bytes=0-', 'bytes=5000-']);
});

it('weights whose hash is not the one of the Hub are refused', async () => {
  const damage = dataStart(weights, 'model.norm.weight');
  hub.faults.push({ path: WEIGHTS, server: 'cdn', damage });
  const error = await failureOf('ours/tiny');
  expect(error).toBeInstanceOf(IntegrityError);
  expect(error.message).toMatch(/came damaged: its SHA-256 is [0-9a-f]{64} where [0-9a-f]{64} was promised/);
});

it('no weight is read before all names and shapes are checked', async () => {
  const config = JSON.parse(new TextDecoder().decode(folder['config.json']));
  const other = { ...folder, 'config.json': json({ ...config, intermediate_size: 5 }) };
  const own = await HubServer.start({ 'ours/other': { files: await sharded(other) } });
  const error = await failureOf('ours/other', { hubUrl: own.url });
  expect(error.message).toMatch(/wrong shape: .*gate_proj/);
  // Once each, for its header.
  expect(own.requests.filter(({ server }) => server === 'cdn')).toHaveLength(2);
  await own.stop();
});

it('tells progress in bytes, of the sizes that the Hub lists', async () => {
  const progress: ReadProgress[] = [];
  const { model } = await load('ours/tiny', { onProgress: (each) => progress.push(each) });
  model.dispose();
  const read = Object.values(folder).reduce((sum, { length }) => sum + length, 0);
  expect(progress.at(-1)).toMatchObject({ loaded: read, total: read, secondsLeft: 0 });
});
