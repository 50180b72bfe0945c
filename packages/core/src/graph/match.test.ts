import { expect, it } from 'vitest';
import { NodePathError } from '../errors.js';
import { globMatcher } from './match.js';

const PATHS = [
  'x',
  'mix',
  'h_0',
  'h_0.attn',
  'h_0.attn.pattern',
  'h_2.attn.q',
  'h_2.attn.k',
  'h_2.attn.v',
  'h_10.attn.pattern',
  'output',
  'output|logits',
  'output|a.b',
];

const select = (glob: string) => PATHS.filter(globMatcher(glob)).join(' ');

it.each([
  ['*', 'x mix h_0 output'],
  ['h_*.attn.pattern', 'h_0.attn.pattern h_10.attn.pattern'],
  ['h_?.attn.pattern', 'h_0.attn.pattern'],
  ['**.pattern', 'h_0.attn.pattern h_10.attn.pattern'],
  ['h_0.**', 'h_0.attn h_0.attn.pattern'],
  ['h_10.**.pattern', 'h_10.attn.pattern'],
  ['h_10.attn.**.pattern', 'h_10.attn.pattern'],
  ['**x', 'x mix'],
  ['**.x', 'x'],
  ['**.**.x', 'x'],
  ['output|*', 'output|logits'],
  ['output|**', 'output|logits output|a.b'],
  ['**', PATHS.join(' ')],
  ['H_0', ''],
  ['', ''],
  ['h_[0-2].attn.*', 'h_0.attn.pattern h_2.attn.q h_2.attn.k h_2.attn.v'],
  ['h_[!0].attn.[kq]', 'h_2.attn.q h_2.attn.k'],
  ['h_0[!a]attn', ''],
  ['h_2.attn.{q,k}', 'h_2.attn.q h_2.attn.k'],
  ['{x,h_{0,1{0,1}}.attn.*,}', 'x h_0.attn.pattern h_10.attn.pattern'],
  ['{h_0,output}{.attn,|logits}', 'h_0.attn output|logits'],
])('[G5] %s selects %s', (glob, expected) => {
  expect(select(glob)).toBe(expected);
});

it('[G5] a backslash takes a special character as it is', () => {
  const names = ['a*b', 'a[0]', '{x}', 'axb', 'a[1]', 'a-b'];
  const selected = (glob: string) => names.filter(globMatcher(glob)).join(' ');
  expect(selected('a\\*b')).toBe('a*b');
  expect(selected('a\\[?]')).toBe('a[0] a[1]');
  expect(selected('\\{x\\}')).toBe('{x}');
  expect(selected('a[]-]b')).toBe('a-b');
  expect(selected('a[[]?]')).toBe('a[0] a[1]');
});

it.each([
  ['a[0', "has a '[' without ']'"],
  ['a[]', "has a '[' without ']'"],
  ['a[!]', "has an empty class '[!]'"],
  ['a[3-0]', "has the reversed range '3-0'"],
  ['{a,b', "has a '{' without '}'"],
  ['a}b', "has a '}' without '{'"],
  ['a\\', "ends with '\\'"],
  ['{a,b}'.repeat(20), 'stands for 1024 alternatives; 1000 are the most'],
  [`${'{'.repeat(200)}a${'}'.repeat(200)}`, 'has more than 100 braces'],
])('[G5] a glob is refused: %#', (glob, what) => {
  expect(() => globMatcher(glob)).toThrow(NodePathError);
  expect(() => globMatcher(glob)).toThrow(what);
});

it.each([
  ['**', `${'**a'.repeat(30)}**b`, 'a'],
  ['*', `${'*a'.repeat(30)}*b`, 'a'],
  ['**.', `${'**.'.repeat(30)}b`, 'a.'],
  ['braces', `${'{a,**}'.repeat(6)}b`, 'a'],
])('[G5] hostile globs of %s take no time', (_, glob, part) => {
  const path = part.repeat(500);
  const start = performance.now();
  expect(globMatcher(glob)(path)).toBe(false);
  expect(globMatcher(glob)(`${path}b`)).toBe(true);
  expect(performance.now() - start).toBeLessThan(100);
});
