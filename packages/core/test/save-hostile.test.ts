import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphFileError } from '../src/errors.js';
import { writeSafetensors } from '../src/load/write-safetensors.js';
import { PatchableGraph } from '../src/patchable/patchable-graph.js';
import { CHECKSUM_KEY, DOCUMENT_KEY } from '../src/save/format.js';
import { useBackend } from './support/backend.js';
import {
  attempt,
  documentOf,
  expectRefused,
  modules,
  type Outcome,
  smallFile,
  withText,
} from './support/hostile-files.js';
import { at, leavesOf, nodesOf, type Path, put } from './support/json-paths.js';
import { sameBytes } from './support/round-trip.js';

let bytes: Uint8Array;

beforeAll(async () => {
  await useBackend();
  bytes = await smallFile();
});

it('the file itself is fine', async () => {
  expect(await attempt(bytes, true)).toBe('ran');
  expect(sameBytes(await withText(JSON.stringify(documentOf(bytes)), bytes), bytes)).toBe(true);
});

it('[S3] files cut off anywhere', async () => {
  for (let length = 0; length < bytes.length; length += 1) {
    await expect(PatchableGraph.load(bytes.subarray(0, length), { modules })).rejects.toThrow(GraphFileError);
  }
  await expectRefused(new Uint8Array([...bytes, 0]), /1 bytes at its end/);
});

it('[S3] single flipped bits', async () => {
  const dataStart = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const before = tf.memory().numTensors;
  let loaded = 0;
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const file = bytes.slice();
    const at = bit >> 3;
    file[at] = (file[at] as number) ^ (1 << (bit & 7));
    try {
      const pg = await PatchableGraph.load(file, { modules });
      loaded += 1;
      if (at < dataStart) expect(sameBytes(await pg.save(), bytes), `bit ${bit}`).toBe(true);
      pg.module.dispose();
      pg.dispose();
    } catch (error) {
      if (!(error instanceof GraphFileError)) throw error;
      expect(at, `bit ${bit}`).toBeLessThan(dataStart);
    }
  }
  expect(loaded).toBeGreaterThanOrEqual((bytes.length - dataStart) * 8);
  expect(tf.memory().numTensors).toBe(before);
});

const NASTY: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  2,
  -1,
  0.5,
  1e308,
  2 ** 31,
  2 ** 53,
  '',
  'x',
  '__proto__',
  'constructor',
  'float32',
  [],
  {},
  [0],
  [[0]],
  { number: 'NaN' },
  { number: '-0' },
  { undefined: true },
  { object: 0 },
  { object: {} },
  { tensor: 0 },
  { scalar: 1, id: 0 },
  [-1],
  [2 ** 31, 2 ** 31],
];

it('[S3] every leaf of the text, changed to nasty values', async () => {
  const counts: Record<Outcome, number> = { refused: 0, ran: 0, 'failed to run': 0 };
  for (const path of leavesOf(documentOf(bytes))) {
    for (const value of NASTY) {
      const file = await withText(JSON.stringify(put(documentOf(bytes), path, value)), bytes);
      const what = `${path.join('.')} = ${JSON.stringify(value)}`;
      const outcome = await attempt(file).catch((cause: Error) => {
        throw new Error(what, { cause });
      });
      counts[outcome] += 1;
      // Other inputs than the test gives, and a module that runs by itself and gets something else from its submodule.
      if (outcome === 'failed to run')
        expect(what).toMatch(/^graphs\.0\.(inputs|steps\.\d+\.(inputs|calls))/);
    }
  }
  expect(counts.ran).toBeGreaterThan(0);
  expect(counts.refused).toBeGreaterThan(5 * counts.ran);
}, 120_000);

it('[S3] parts of the text that are dropped, doubled, swapped and put elsewhere', async () => {
  const nodes = nodesOf(documentOf(bytes));
  const places = fc.nat({ max: nodes.length - 1 });
  const property = fc.asyncProperty(
    fc.constantFrom('drop', 'double', 'swap', 'put', 'rename', 'add'),
    places,
    places,
    fc.nat(),
    async (what, one, two, pick) => {
      const changed = documentOf(bytes);
      const [from, to] = [nodes[one] as Path, nodes[two] as Path];
      const part = at(changed, from) as Record<string, unknown>;
      const keys = Object.keys(part);
      const key = keys[pick % Math.max(1, keys.length)] ?? '0';
      if (what === 'drop') Array.isArray(part) ? part.splice(Number(key), 1) : delete part[key];
      if (what === 'double' && Array.isArray(part)) part.splice(Number(key), 0, part[Number(key)]);
      if (what === 'swap' && Array.isArray(part)) part.reverse();
      if (what === 'add') put(changed, [...from, Array.isArray(part) ? part.length : 'more'], 0);
      if (what === 'rename' && !Array.isArray(part)) {
        put(changed, [...from, `${key}_`], part[key]);
        delete part[key];
      }
      const text = JSON.stringify(what === 'put' ? put(changed, from, at(documentOf(bytes), to)) : changed);
      await attempt(await withText(text, bytes), true);
    },
  );
  await fc.assert(property, { numRuns: 1500, seed: 20240601 });
}, 120_000);

describe('[S3] headers that lie', () => {
  /** The file with another header. */
  function withHeader(
    change: (header: Record<string, Record<string, unknown>>) => unknown,
    claimed?: bigint,
  ): Uint8Array {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as never;
    const result = change(header) ?? header;
    const text = new TextEncoder().encode(typeof result === 'string' ? result : JSON.stringify(result));
    const file = new Uint8Array(8 + text.length + bytes.length - 8 - length);
    new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
    file.set(text, 8);
    file.set(bytes.subarray(8 + length), 8 + text.length);
    return file;
  }
  const offsets = (begin: unknown, end: unknown) => (header: Record<string, Record<string, unknown>>) => {
    (header.weight as Record<string, unknown>).data_offsets = [begin, end];
  };
  const shape =
    (...sizes: unknown[]) =>
    (header: Record<string, Record<string, unknown>>) => {
      (header.weight as Record<string, unknown>).shape = sizes;
    };

  it.each([
    ['overlapping offsets', () => withHeader(offsets(8, 24))],
    ['offsets the wrong way round', () => withHeader(offsets(16, 0))],
    ['offsets outside', () => withHeader(offsets(1e6, 1e6 + 16))],
    ['offsets of 2⁶⁰', () => withHeader(offsets(0, 2 ** 60))],
    ['negative offsets', () => withHeader(offsets(-16, 0))],
    ['fractional offsets', () => withHeader(offsets(0.5, 16.5))],
    ['offsets that are texts', () => withHeader(offsets('0', '16'))],
    ['a size of 2⁶⁰', () => withHeader(shape(2 ** 60, 2))],
    ['sizes whose product overflows', () => withHeader(shape(2 ** 33, 2 ** 33, 2 ** 33))],
    ['sizes whose product overflows to 0', () => withHeader(shape(2 ** 52, 2 ** 52, 0))],
    ['a negative size', () => withHeader(shape(-2, -2))],
    ['a fractional size', () => withHeader(shape(0.5, 8))],
    ['another shape of the same size', () => withHeader(shape(4, 1))],
    [
      'another dtype of the same size',
      () =>
        withHeader((header) => {
          (header.weight as Record<string, unknown>).dtype = 'I32';
        }),
    ],
    [
      'a dtype that is converted',
      () => withHeader((header) => Object.assign(header.weight as object, { dtype: 'F16', shape: [8] })),
    ],
    [
      'a tensor that is missing',
      () =>
        withHeader((header) => {
          delete header.weight;
        }),
    ],
    [
      'a tensor too many',
      () =>
        withHeader((header) => {
          header.more = { dtype: 'F32', shape: [0], data_offsets: [0, 0] };
        }),
    ],
    [
      'another name of a tensor',
      () =>
        withHeader((header) => {
          header.other = header.weight as never;
          delete header.weight;
        }),
    ],
    [
      'no metadata',
      () =>
        withHeader((header) => {
          delete header.__metadata__;
        }),
    ],
    [
      'metadata that are no texts',
      () =>
        withHeader((header) => {
          header.__metadata__ = { [DOCUMENT_KEY]: {} };
        }),
    ],
    [
      'another checksum',
      () =>
        withHeader((header) => {
          (header.__metadata__ as Record<string, unknown>)[CHECKSUM_KEY] = '00000000';
        }),
    ],
    [
      'no checksum',
      () =>
        withHeader((header) => {
          delete (header.__metadata__ as Record<string, unknown>)[CHECKSUM_KEY];
        }),
    ],
    ['a key twice', () => withHeader((header) => JSON.stringify(header).replace('{', '{"weight":{},'))],
    ['a header of 2⁶⁴ - 1 bytes', () => withHeader(() => undefined, 2n ** 64n - 1n)],
    ['a header longer than the file', () => withHeader(() => undefined, BigInt(bytes.length))],
    ['an empty header', () => withHeader(() => undefined, 0n)],
    ['a header that nests 100,000 deep', () => withHeader(() => '['.repeat(1e5))],
    ['a header of objects in objects', () => withHeader(() => `${'{"a":'.repeat(1e5)}0${'}'.repeat(1e5)}`)],
  ])('%s', async (_, file) => {
    await expectRefused(file());
  });

  it('a checkpoint without a graph', async () => {
    const read = async () => new Float32Array(2);
    const file = await writeSafetensors([{ name: 'a', dtype: 'F32', shape: [2], read }], { format: 'pt' });
    await expectRefused(file, /no graph file: it holds tensors only/);
  });
});
