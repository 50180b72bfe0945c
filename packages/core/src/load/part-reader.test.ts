import { expect, it } from 'vitest';
import { partReader } from './part-reader.js';

async function read(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<{ bytes: number[]; memory: Set<number> }> {
  const reader = partReader(body);
  const bytes: number[] = [];
  const memory = new Set<number>();
  for (let part = await reader.next(); part !== null; part = await reader.next()) {
    bytes.push(...part);
    memory.add(part.buffer.byteLength);
  }
  return { bytes, memory };
}

const parts = () => [[1, 2], [3], [4, 5, 6]].map((part) => Uint8Array.from(part));

it('reads streams of bytes into its own memory, and others as they come', async () => {
  const streams = (type: { type?: 'bytes' }) => {
    const left = parts();
    return new ReadableStream({
      ...type,
      pull(stream: ReadableByteStreamController | ReadableStreamDefaultController) {
        const part = left.shift();
        if (part !== undefined) return stream.enqueue(part);
        stream.close();
        (stream as ReadableByteStreamController).byobRequest?.respond(0);
      },
    } as UnderlyingByteSource);
  };
  expect(await read(streams({ type: 'bytes' }))).toEqual({
    bytes: [1, 2, 3, 4, 5, 6],
    memory: new Set([2 ** 18]),
  });
  expect(await read(streams({}))).toEqual({ bytes: [1, 2, 3, 4, 5, 6], memory: new Set([2, 1, 3]) });
});
