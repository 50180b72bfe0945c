import { expect, it } from 'vitest';
import { parseFrame } from './stack.js';

it.each([
  [
    '    at GPT2Block.forward (http://127.0.0.1:4173/assets/a.js?v=1:12:34)',
    'http://127.0.0.1:4173/assets/a.js?v=1',
    12,
    34,
    'GPT2Block.forward',
  ],
  ['    at file:///home/me/model.ts:5:6', 'file:///home/me/model.ts', 5, 6, null],
  ['    at new Model (/x y/model.ts:7:8)', '/x y/model.ts', 7, 8, 'Model'],
])('[G3] reads %s', (text, url, line, column, functionName) => {
  expect(parseFrame(text)).toEqual({ url, line, column, functionName });
});

it('[G3] leaves out lines that are no frames', () => {
  expect(parseFrame('    at Array.map (<anonymous>)')).toBeNull();
  expect(parseFrame('Error: something')).toBeNull();
});
