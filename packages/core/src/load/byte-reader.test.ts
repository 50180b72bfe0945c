import { expect, it } from 'vitest';
import { ByteReader } from './byte-reader.js';

/** Parts of the given lengths that count up, all in one buffer that is used again and again. */
async function* parts(...lengths: number[]): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const buffer = new Uint8Array(Math.max(...lengths));
  let next = 0;
  for (const length of lengths) {
    for (let i = 0; i < length; i += 1) buffer[i] = next + i;
    next += length;
    yield buffer.subarray(0, length);
  }
}

async function read(reader: ByteReader, count: number): Promise<number[]> {
  const target = new Uint8Array(count);
  return [...target.subarray(0, await reader.fill(target))];
}

it('reads across parts, passes over bytes, and says when there are no more', async () => {
  const reader = new ByteReader(parts(3, 0, 2, 4, 1));
  expect(await read(reader, 0)).toEqual([]);
  expect(await read(reader, 2)).toEqual([0, 1]);
  expect(await read(reader, 4)).toEqual([2, 3, 4, 5]);
  expect(await reader.skip(2)).toBe(2);
  expect(reader.position).toBe(8);
  expect(await read(reader, 5)).toEqual([8, 9]);
  expect(await read(reader, 1)).toEqual([]);
  expect(await reader.skip(1)).toBe(0);
});

it('takes bytes back, before the rest of a part and at its end', async () => {
  const reader = new ByteReader(parts(4, 2));
  const read3 = Uint8Array.from(await read(reader, 3));
  reader.unread(read3.subarray(1));
  expect(reader.position).toBe(1);
  expect(await read(reader, 3)).toEqual([1, 2, 3]);
  reader.unread(Uint8Array.of(3));
  expect(await read(reader, 9)).toEqual([3, 4, 5]);
});

it('stops its source', async () => {
  let isStopped = false;
  async function* endless() {
    try {
      for (;;) yield new Uint8Array(5);
    } finally {
      isStopped = true;
    }
  }
  const reader = new ByteReader(endless());
  expect(await read(reader, 3)).toEqual([0, 0, 0]);
  await reader.close();
  expect(isStopped).toBe(true);
  expect(await read(reader, 1)).toEqual([]);
});
