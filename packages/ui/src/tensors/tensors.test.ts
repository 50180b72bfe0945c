import type { TensorSlot, TensorValue } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { choiceOf, type FillChoice, fillChoices, firstFill } from './fills.js';
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
