import { expect, it } from 'vitest';
import { CheckpointError } from '../errors.js';
import { parseJson } from './json-text.js';
import { openSafetensors } from './safetensors.js';
import { type WrittenTensor, writeSafetensors } from './write-safetensors.js';

const tensor = (
  name: string,
  dtype: WrittenTensor['dtype'],
  shape: number[],
  values: Float32Array | Int32Array | Uint8Array,
) => ({
  name,
  dtype,
  shape,
  read: async () => values,
});

it('writes what it reads, aligned, with metadata, and names that objects have', async () => {
  const flags = tensor('flags', 'BOOL', [3], new Uint8Array([1, 0, 1]));
  const floats = tensor('__proto__', 'F32', [2, 1], new Float32Array([0.1, Number.NaN]));
  const ints = tensor('7', 'I32', [], new Int32Array([-5]));
  const file = await writeSafetensors([flags, floats, ints], { text: 'naïve "🙂"' });
  const headerSize = Number(new DataView(file.buffer).getBigUint64(0, true));
  expect(headerSize % 8).toBe(0);
  expect(file.length).toBe(8 + headerSize + 15);
  // A Node buffer shares its memory with others.
  const opened = openSafetensors(Buffer.from(file));
  expect([...opened.metadata]).toEqual([['text', 'naïve "🙂"']]);
  const read = new Map(opened.entries.map((entry) => [entry.name, opened.read(entry)]));
  expect(read.get('flags')).toEqual({ shape: [3], dtype: 'bool', values: new Uint8Array([1, 0, 1]) });
  expect(read.get('__proto__')?.values).toEqual(new Float32Array([0.1, Number.NaN]));
  expect(read.get('7')).toEqual({ shape: [], dtype: 'int32', values: new Int32Array([-5]) });
  // By the format's description: floats first, then flags, each after the other.
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerSize)));
  expect(header.flags).toEqual({ dtype: 'BOOL', shape: [3], data_offsets: [12, 15] });
  expect(
    headerSize - new TextDecoder().decode(file.subarray(8, 8 + headerSize)).trimEnd().length,
  ).toBeLessThan(16);
});

it('refuses names that are taken, and numbers that do not fit', async () => {
  const two = new Float32Array(2);
  const write = (...tensors: WrittenTensor[]) => writeSafetensors(tensors, {});
  await expect(write(tensor('a', 'F32', [2], two), tensor('a', 'F32', [2], two))).rejects.toThrow(
    CheckpointError,
  );
  await expect(write(tensor('__metadata__', 'F32', [2], two))).rejects.toThrow(/the same name/);
  await expect(write(tensor('a', 'F32', [3], two))).rejects.toThrow(
    "'a' has 8 bytes where its shape and dtype need 12.",
  );
});

it('reads JSON only as deep as allowed, and no key twice', () => {
  expect(parseJson('{"a":[{"b":":[{\\"}"}]}', 3)).toEqual({ a: [{ b: ':[{"}' }] });
  expect(() => parseJson('[[[]]]', 2)).toThrow(/nests 3 levels deep, 2 are allowed/);
  expect(() => parseJson('{"a":1,"\\u0061":2}', 2)).toThrow(/a key twice/);
  expect(() => parseJson('{"a":[{"b":1},{"b":2,"b":3}]}', 4)).toThrow(/a key twice/);
  expect(() => parseJson('"abc', 2)).toThrow(SyntaxError);
});
