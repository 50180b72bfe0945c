import { expect, it } from 'vitest';
import { goldenJson } from './support/golden.js';
import {
  assign,
  IndexRefused,
  type NdArray,
  type ReferenceItem,
  read,
  ValueRefused,
} from './support/numpy-reference.js';
import { counting } from './support/random-slices.js';

type Nested<T> = T | readonly Nested<T>[];

interface GoldenCase {
  shape: number[];
  index: string;
  read: Nested<number>;
  readShape: number[];
  assign?: Nested<number>;
  assignShape?: number[];
  after: Nested<number>;
}

function flatten<T>(nested: Nested<T>): T[] {
  return Array.isArray(nested) ? (nested as readonly Nested<T>[]).flatMap(flatten) : [nested as T];
}

function shapeOf<T>(nested: Nested<T>): number[] {
  if (!Array.isArray(nested)) return [];
  const shapes = (nested as readonly Nested<T>[]).map(shapeOf);
  if (shapes.some((shape) => String(shape) !== String(shapes[0]))) throw new IndexRefused('ragged');
  return [nested.length, ...(shapes[0] ?? [])];
}

/** The items of a golden index, which is JSON but for ranges, `...` and the case of True and False. */
function itemsOf(index: string): ReferenceItem[] {
  const json = index.toLowerCase().replace(/\.\.\.|[-\d]*:[-\d:]*/g, '"$&"');
  const items = JSON.parse(`[${json}]`) as (number | string | Nested<number> | Nested<boolean>)[];
  return items.map((item): ReferenceItem => {
    if (item === '...') return { kind: 'rest' };
    if (typeof item === 'number') return { kind: 'position', at: item };
    return typeof item === 'string' ? rangeItem(item) : listItem(item);
  });
}

function rangeItem(text: string): ReferenceItem {
  const [start = null, stop = null, step = null] = text
    .split(':')
    .map((part) => (part === '' ? null : Number(part)));
  return { kind: 'range', start, stop, step: step ?? 1 };
}

function listItem(list: Nested<number> | Nested<boolean>): ReferenceItem {
  const array = { shape: shapeOf<unknown>(list), entries: flatten<unknown>(list) };
  if (typeof array.entries[0] === 'boolean') return { kind: 'mask', array: array as NdArray<boolean> };
  if (!array.entries.every(Number.isInteger)) throw new IndexRefused('no integers');
  return { kind: 'positions', array: array as NdArray<number> };
}

it('[P4] the reference reads and assigns what NumPy does', async () => {
  const { cases } = await goldenJson<{ cases: GoldenCase[] }>('slices.json');
  for (const golden of cases) {
    const { shape, index, assign: value = 0, assignShape = [] } = golden;
    const message = `[${index}] of shape [${shape.join(', ')}]`;
    const found = read(counting(shape), itemsOf(index));
    expect(found, message).toEqual({ shape: golden.readShape, entries: flatten(golden.read) });
    const after = assign(counting(shape), itemsOf(index), { shape: assignShape, entries: flatten(value) });
    expect(after.entries, message).toEqual(flatten(golden.after));
  }
});

it('[P4] the reference refuses what NumPy refuses', async () => {
  const { errors } = await goldenJson<{ errors: GoldenCase[] }>('slices.json');
  for (const { shape, index, assign: value, assignShape = [] } of errors) {
    const message = `[${index}] of shape [${shape.join(', ')}]`;
    const given = { shape: assignShape, entries: flatten<number>(value ?? 0) };
    expect(() => assign(counting(shape), itemsOf(index), given), message).toThrow(
      value === undefined ? IndexRefused : ValueRefused,
    );
  }
});
