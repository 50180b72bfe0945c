import { expect, it } from 'vitest';
import { formatPatchValue, parseValue } from './value-text.js';

it.each([
  ['0', 0],
  [' -1.5e3 ', -1500],
  ['[1, 2, 3]', [1, 2, 3]],
  [
    '[[1, 2], [3, 4]]',
    [
      [1, 2],
      [3, 4],
    ],
  ],
])('reads %s', (text, value) => {
  const parsed = parseValue(text);
  expect(parsed).toEqual({ value, error: null });
  expect(parseValue(formatPatchValue(value))).toEqual(parsed);
});

it.each([
  ['', /Type a number/],
  ['one', /“one” is no number/],
  ['Infinity', /no number/],
  ['1e39', /float32/],
  ['[[1], [1e999]]', /float32/],
  ['[1, 2', /not complete/],
  ['["a"]', /only numbers/],
  ['[[1, 2], [3]]', /same length/],
  ['[1, [2]]', /same length/],
])('explains what is wrong with %j', (text, reason) => {
  expect(parseValue(text).error).toMatch(reason);
});
