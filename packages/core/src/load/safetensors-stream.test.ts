import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../errors.js';
import type { PartOptions, SourceFile } from './checkpoint-files.js';
import { readSafetensors } from './safetensors.js';
import { SafetensorsStream } from './safetensors-stream.js';

interface Tensor {
  dtype: 'F32' | 'F16' | 'BF16' | 'U8';
  shape: number[];
}

const WIDTH = { F32: 4, F16: 2, BF16: 2, U8: 1 };

/** A file whose bytes count up, so that no two parts of it are alike. */
function fileOf(
  tensors: Record<string, Tensor>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape }]) => {
    const begin = end;
    end += shape.reduce((size, each) => size * each, WIDTH[dtype]);
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const header = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const file = new Uint8Array(8 + header.length + end).map((_, i) => (i * 7) % 119);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(new TextEncoder().encode(header), 8);
  return file;
}

class TestFile implements SourceFile {
  readonly name = 'test.safetensors';
  readonly cached = 0;
  readonly asked: (number | undefined)[] = [];
  isForgotten = false;

  constructor(
    private readonly bytes: Uint8Array<ArrayBuffer>,
    readonly size: number | null = bytes.length,
  ) {}

  async *parts({ end }: PartOptions = {}) {
    this.asked.push(end);
    const last = Math.min(end ?? this.bytes.length, this.bytes.length);
    for (let at = 0; at < last; at += 999_983) yield this.bytes.subarray(at, Math.min(last, at + 999_983));
  }

  close() {}

  async forget() {
    this.isForgotten = true;
  }
}

/** All tensors with names that begin with `w`, put together from their parts. */
async function readAll(stream: SafetensorsStream): Promise<Record<string, Float32Array>> {
  const read: Record<string, Float32Array> = {};
  await stream.read(({ name, shape }) => {
    if (!name.startsWith('w')) return null;
    const values = new Float32Array(shape.reduce((size, each) => size * each, 1));
    let position = 0;
    return {
      write(part) {
        values.set(part, position);
        position += part.length;
      },
      end() {
        expect(position).toBe(values.length);
        read[name] = values;
      },
      abort() {},
    };
  }, {});
  return read;
}

function bytesOf(values: ArrayBufferView = new Uint8Array(0)): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

const tensors: Record<string, Tensor> = {
  w_half: { dtype: 'F16', shape: [1200, 1000] },
  other: { dtype: 'U8', shape: [2_300_001] },
  w_brain: { dtype: 'BF16', shape: [3] },
  w_full: { dtype: 'F32', shape: [1100, 1000] },
  w_empty: { dtype: 'F32', shape: [0, 4] },
  w_scalar: { dtype: 'F32', shape: [] },
};

it.each([true, false])(
  'gives the numbers that reading at once gives (going on at once: %s)',
  async (goOn) => {
    const bytes = fileOf(tensors);
    const file = new TestFile(bytes);
    const stream = await SafetensorsStream.open(file, goOn, {});
    expect(stream.header.entries.map(({ name }) => name)).toEqual(Object.keys(tensors));
    const read = await readAll(stream);
    for (const [name, { values }] of readSafetensors(bytes))
      if (name !== 'other') expect(Buffer.from(bytesOf(read[name])).equals(bytesOf(values)), name).toBe(true);
    expect(file.asked).toEqual(goOn ? [undefined] : [2 ** 18, undefined]);
  },
);

it('a header longer than expected is fetched in full', async () => {
  const bytes = fileOf({ w: { dtype: 'F32', shape: [2] } }, { text: 'x'.repeat(300_000) });
  const file = new TestFile(bytes);
  const stream = await SafetensorsStream.open(file, false, {});
  expect(file.asked).toEqual([2 ** 18, bytes.length - 8]);
  expect(Object.keys(await readAll(stream))).toEqual(['w']);
});

describe('a broken file is an error, and what is kept of it is forgotten', () => {
  const bytes = fileOf({ w: { dtype: 'F32', shape: [8] }, other: { dtype: 'F32', shape: [8] } });
  const longer = new Uint8Array([...bytes, 0]);
  it.each([
    ['cut within its length', bytes.slice(0, 5), null, /has 5 bytes/],
    ['cut within its header', bytes.slice(0, 30), null, /ends within its header/],
    ['shorter than its header says', bytes.slice(0, 30), 30, /claims \d+ bytes of a file of 30/],
    ['cut within a weight', bytes.slice(0, -40), null, /ends within 'w', so it is not complete/],
    ['cut within what is passed over', bytes.slice(0, -4), null, /ends within 'other'/],
    ['cut, and known to be', bytes.slice(0, -4), bytes.length - 4, /'other' lies at 32 to 64 of 60 bytes/],
    ['longer', longer, null, /more than the 64 bytes of its tensors/],
    ['longer, and known to be', longer, longer.length, /1 bytes at its end belong to no tensor/],
  ])('%s', async (_, broken, size, message) => {
    const file = new TestFile(broken, size);
    const reading = async () => readAll(await SafetensorsStream.open(file, true, {}));
    const failure = reading();
    await expect(failure).rejects.toThrow(CheckpointError);
    await expect(failure).rejects.toThrow(message);
    expect(file.isForgotten).toBe(true);
  });
});
