import type { TensorSlot, TensorValue } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { choiceOf, type FillChoice, fillChoices, firstFill } from './fills.js';
import { imageSlot, imageTensor, sizeFor } from './image-slot.js';
import { formatForm, formatShape, parseShape, sizeOf } from './shape-text.js';
import { formatValues, parseValues } from './values-text.js';

const slot: TensorSlot = { name: 'x', shape: [null, 4, 3], dtype: 'float32' };

it.each(['2 × 4 × 3', '2,4,3', '[2, 4, 3]', ' 2x4x3 ', '(2, 4, 3)'])('reads the shape %s', (text) => {
  expect(parseShape(text, slot)).toEqual({ value: [2, 4, 3], error: null });
  expect(formatShape([2, 4, 3])).toBe('2 × 4 × 3');
});

it.each([
  ['2 × 4', /takes 3 axes, \? × 4 × 3; here are 2/],
  ['2 × 5 × 3', /Axis 1 has the size 4 in this model, not 5/],
  ['0 × 4 × 3', /“0” is no size/],
  ['1.5, 4, 3', /“1.5” is no size/],
  ['', /here are 0/],
])('says what is wrong with the shape %j', (text, reason) => {
  expect(parseShape(text, slot).error).toMatch(reason);
});

it('takes any shape where the model does not say', () => {
  const any: TensorSlot = { ...slot, shape: null };
  expect(parseShape('7', any).value).toEqual([7]);
  expect(parseShape('', any).value).toEqual([]);
  expect(sizeOf([])).toBe(1);
  expect(formatForm(any)).toBe('any');
});

it('reads values from rows, lists and JSON', () => {
  for (const text of ['1 2\n-3.5\t4e1', '[[1, 2], [-3.5, 40]]', '1; 2; -3.5; 40'])
    expect(parseValues(text, 'float32', 4)).toEqual({ value: [1, 2, -3.5, 40], error: null });
  expect(parseValues('True false 1', 'bool', 3).value).toEqual([1, 0, 1]);
  expect(parseValues(formatValues([1, 0.1, -2]), 'float32', 3).value).toEqual([1, 0.1, -2]);
});

it.each([
  ['1 2 3', 'float32', /3 values are given; the shape has room for 4/],
  ['1 two 3 4', 'float32', /“two”, value 1, is not a number/],
  ['1 2 1e39 4', 'float32', /“1e39”, value 2/],
  ['1 2.5 3 4', 'int32', /“2.5”, value 1, is not a whole number/],
  ['0 1 2 1', 'bool', /“2”, value 2, is not 0 or 1/],
] as const)('says what is wrong with the values %j of dtype %s', (text, dtype, reason) => {
  expect(parseValues(text, dtype, 4).error).toMatch(reason);
});

it('begins each way of filling with something that it is recognized by', () => {
  const tensor: TensorValue = { shape: [2, 2], fill: { kind: 'constant', value: 0 } };
  for (const [choice] of fillChoices) expect(choiceOf(firstFill(choice, tensor))).toBe<FillChoice>(choice);
  expect(firstFill('values', tensor)).toEqual({ kind: 'values', values: [0, 0, 0, 0] });
});

it('sees which tensors can hold an image', () => {
  const of = (shape: TensorSlot['shape'], dtype: TensorSlot['dtype'] = 'float32') =>
    imageSlot({ name: 'x', shape, dtype });
  expect(of([null, 224, 224, 3])).toEqual({ height: 224, width: 224, channels: 3 });
  expect(of([1, null, null, 1])).toEqual({ height: null, width: null, channels: 1 });
  for (const shape of [[null, 224, 224, 4], [2, 8, 8, 3], [8, 8, 3], null]) expect(of(shape)).toBeNull();
  expect(of([1, 8, 8, 3], 'bool')).toBeNull();
});

it('sizes images as the slot says, and large ones down where it does not', () => {
  const free = { height: null, width: null, channels: 3 } as const;
  expect(sizeFor(free, { width: 1024, height: 512 })).toEqual({ width: 256, height: 128 });
  expect(sizeFor(free, { width: 20, height: 10 })).toEqual({ width: 20, height: 10 });
  expect(sizeFor({ ...free, height: 8, width: 9 }, { width: 20, height: 10 })).toEqual({
    width: 9,
    height: 8,
  });
});

it('makes tensors of images, in colours or grey, in a range', () => {
  const image = { width: 1, height: 2, data: Uint8ClampedArray.from([255, 0, 51, 9, 255, 255, 255, 9]) };
  const colours = imageTensor(image, { height: 2, width: 1, channels: 3 }, [0, 1]);
  expect(colours).toEqual({ shape: [1, 2, 1, 3], fill: { kind: 'values', values: [1, 0, 0.2, 1, 1, 1] } });
  const grey = imageTensor(image, { height: 2, width: 1, channels: 1 }, [-1, 1]);
  const { values } = grey.fill as Extract<typeof grey.fill, { kind: 'values' }>;
  expect(values.map((value) => value.toFixed(3))).toEqual(['-0.356', '1.000']);
});
