import type { TokenRow } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { formatBytes, formatMilliseconds, formatPercent, formatPoints } from '../base/format.js';
import { quoteToken, startsWord, visibleToken } from '../prompt/token-text.js';
import { deltaBar, deltaScale, headlineOf } from './headline.js';

function row(id: number, clean: [number, number], patched: [number, number]): TokenRow {
  const score = ([probability, rank]: [number, number]) => ({ probability, rank, logit: 0 });
  return { token: { id, text: ` t${id}` }, clean: score(clean), patched: score(patched) };
}

const rows = [row(1, [0.9, 1], [0.2, 2]), row(2, [0.05, 2], [0.7, 1])];

it('names the answers of both runs', () => {
  const headline = headlineOf({ rows });
  expect(headline?.clean.token.id).toBe(1);
  expect(headline?.patched.token.id).toBe(2);
  expect(headline?.isSame).toBe(false);
  expect(headlineOf({ rows: [] })).toBeNull();
});

it('scales bars by the largest change', () => {
  expect(deltaScale(rows)).toBeCloseTo(0.7);
  expect(deltaScale([])).toBe(0.05);
  expect(deltaBar(0.5, 1)).toEqual({ left: 50, width: 25 });
  expect(deltaBar(-0.5, 1)).toEqual({ left: 25, width: 25 });
  expect(deltaBar(3, 1)).toEqual({ left: 50, width: 50 });
});

it('writes figures', () => {
  expect(formatPercent(0.982)).toBe('98.2 %');
  expect(formatPercent(0.0004)).toBe('< 0.1 %');
  expect(formatPercent(0)).toBe('0.0 %');
  expect(formatPoints(-0.691)).toBe('−69.1');
  expect(formatPoints(0.0001)).toBe('0.0');
  expect(formatBytes(12_345_678)).toBe('12 MB');
  expect(formatBytes(2100)).toBe('2.1 kB');
  expect(formatBytes(0)).toBe('0 B');
  expect(formatMilliseconds(6.04)).toBe('6.0 ms');
  expect(formatMilliseconds(1234)).toBe('1.2 s');
});

it('makes blanks and line ends of tokens visible', () => {
  expect(visibleToken(' Mary')).toBe('Mary');
  expect(visibleToken(' ')).toBe('␣');
  expect(visibleToken('\n\n')).toBe('⏎⏎');
  expect(visibleToken('')).toBe('∅');
  expect(startsWord(' Mary')).toBe(true);
  expect(quoteToken(' to')).toBe('“ to”');
});
