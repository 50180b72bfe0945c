import { expect, it } from 'vitest';
import { CheckpointError } from '../errors.js';
import { readSafetensors } from './safetensors.js';

function file(header: unknown, data: number[] | Uint8Array = [], claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const tensor = (dtype: string, shape: unknown, data_offsets: unknown) => ({
  a: { dtype, shape, data_offsets },
});
const read = (bytes: Uint8Array) => [...readSafetensors(bytes)];

it('reads every dtype, at any alignment', () => {
  const halves = new Uint8Array(new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00]).buffer);
  const header = {
    __metadata__: { format: 'pt' },
    flag: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] },
    half: { dtype: 'F16', shape: [2, 2], data_offsets: [1, 9] },
    brain: { dtype: 'BF16', shape: [2], data_offsets: [9, 13] },
    full: { dtype: 'F32', shape: [], data_offsets: [13, 17] },
  };
  const brain = new Uint8Array(new Uint16Array([0x3f80, 0xc040]).buffer);
  const full = new Uint8Array(new Float32Array([0.1]).buffer);
  const found = Object.fromEntries(read(file(header, [1, ...halves, ...brain, ...full])));
  expect([...(found.half?.values ?? [])]).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
  expect(found.half?.shape).toEqual([2, 2]);
  expect([...(found.brain?.values ?? [])]).toEqual([1, -3]);
  expect([...(found.full?.values ?? [])]).toEqual([Math.fround(0.1)]);
  expect([...(found.flag?.values ?? [])]).toEqual([1]);
});

it.each([
  ['an empty file', new Uint8Array(0), /has 0 bytes/],
  ['a header longer than the file', file({}, [], 1000n), /claims 1000 bytes/],
  ['a header of 2⁶⁰ bytes', file({}, [], 2n ** 60n), /claims 1152921504606846976 bytes/],
  ['a header that is no JSON', file('{"a"'), /no JSON/],
  ['a header that is a list', file('[1]'), /no object/],
  ['an unknown dtype', file(tensor('F8_E4M3', [1], [0, 1]), [1]), /dtype F8_E4M3; F32, F16/],
  ['a dtype named like a method', file(tensor('toString', [1], [0, 1]), [1]), /dtype toString/],
  ['a negative size', file(tensor('U8', [-1], [0, 1]), [1]), /shape of 'a'/],
  ['offsets outside', file(tensor('U8', [4], [0, 4]), [1]), /the file is not complete/],
  ['a size that does not fit', file(tensor('F32', [2], [0, 4]), [0, 0, 0, 0]), /needs? 8/],
  ['a size of 2⁶⁰', file(tensor('F32', [2 ** 30, 2 ** 30], [0, 4]), [0, 0, 0, 0]), /broken/],
  ['a gap', file(tensor('U8', [1], [1, 2]), [0, 0]), /begins at 1/],
  ['bytes left over', file(tensor('U8', [1], [0, 1]), [0, 0]), /1 bytes at its end/],
])('[S3] refuses %s', (_, bytes, message) => {
  expect(() => read(bytes)).toThrow(CheckpointError);
  expect(() => read(bytes)).toThrow(message);
});
