import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { float16ToFloat32, float32ToFloat16 } from './half.js';
import { type Packing, packRows, unpackRows } from './packing.js';

interface Listed {
  shape: number[];
  values: number[][];
}

interface Int8Case {
  channels: 'rows' | 'columns';
  weight: Listed;
  scale: Listed;
  integers: number[][];
  rounded: Listed;
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/quantised.json', import.meta.url), 'utf8'),
) as { halves: { bits: number[]; halves: number[] }; int8: Int8Case[] };

it('float32 becomes float16 as in PyTorch: ties to even, subnormal numbers, infinities', () => {
  const values = new Float32Array(Uint32Array.from(golden.halves.bits).buffer);
  expect(values.length).toBeGreaterThan(400);
  expect([...float32ToFloat16(values)]).toEqual(golden.halves.halves);
});

it('every float16 comes back from float32', () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter(
    (half) => (half & 0x7fff) <= 0x7c00,
  );
  expect(float32ToFloat16(float16ToFloat32(halves))).toEqual(halves);
});

describe.each(golden.int8)('int8 with a scale for each of the $channels', (expected) => {
  const { channels, weight, scale, integers, rounded } = expected;
  const columns = weight.shape[1] as number;
  const packing: Packing = { kind: 'int8', columns, channels };
  const packed = packRows(Float32Array.from(weight.values.flat()), packing);

  it('has the scales and integers of PyTorch, four to a word, each row from a new word on', () => {
    expect([...(packed.scale ?? [])]).toEqual([...Float32Array.from(scale.values.flat())]);
    const bytes = new Int8Array(packed.words.buffer);
    expect(bytes.length).toBe(8 * integers.length);
    integers.forEach((row, i) => {
      expect([...bytes.subarray(8 * i, 8 * i + columns)]).toEqual(row);
    });
  });

  it('unpacks to products of both', () => {
    const values = rounded.values.flat();
    expect([...unpackRows(packed, packing)]).toEqual(
      [...Float32Array.from(values)].map((value) => value + 0),
    );
  });
});

it('refuses what it cannot hold', () => {
  const packing = { columns: 2, channels: 'rows' } as const;
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const kind of ['f16', 'int8'] as const)
      expect(() => packRows(Float32Array.of(1, value), { ...packing, kind })).toThrow(RangeError);
  }
  expect(() => packRows(Float32Array.of(1, 65520), { ...packing, kind: 'f16' })).toThrow(
    '65520 is no float16',
  );
  expect(packRows(Float32Array.of(1, -65519), { ...packing, kind: 'f16' }).words).toHaveLength(1);
});

it('the largest float32 stays finite as int8', () => {
  const packing: Packing = { kind: 'int8', columns: 2, channels: 'rows' };
  const largest = (2 - 2 ** -23) * 2 ** 127;
  const [value = 0] = unpackRows(packRows(Float32Array.of(largest, 1), packing), packing);
  expect(value / largest).toBeCloseTo(1, 6);
});
