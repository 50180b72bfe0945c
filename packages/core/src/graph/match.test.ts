import { expect, it } from 'vitest';
import { globToRegExp } from './match.js';

const PATHS = [
  'x',
  'h_0',
  'h_0.attn',
  'h_0.attn.pattern',
  'h_10.attn.pattern',
  'output',
  'output|logits',
  'output|a.b',
];

it.each([
  ['*', 'x h_0 output'],
  ['h_*.attn.pattern', 'h_0.attn.pattern h_10.attn.pattern'],
  ['h_?.attn.pattern', 'h_0.attn.pattern'],
  ['**.pattern', 'h_0.attn.pattern h_10.attn.pattern'],
  ['h_0.**', 'h_0.attn h_0.attn.pattern'],
  ['output|*', 'output|logits'],
  ['output|**', 'output|logits output|a.b'],
  ['**', PATHS.join(' ')],
  ['H_0', ''],
])('[G5] %s selects %s', (glob, expected) => {
  const expression = globToRegExp(glob);
  expect(PATHS.filter((path) => expression.test(path)).join(' ')).toBe(expected);
});
