import type { ClassRow, OutputPart, TokenRow } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { formatBytes, formatMilliseconds, formatPercent, formatPoints } from '../base/format.js';
import { quoteToken, startsWord, visibleToken } from '../prompt/token-text.js';
import { shownClasses } from './class-rows.js';
import { deltaBar, deltaScale, headlineOf } from './headline.js';
import { partOf } from './output-part.js';

function row(id: number, clean: [number, number], patched: [number, number]): TokenRow {
  const score = ([probability, rank]: [number, number]) => ({ probability, rank, logit: 0 });
  return { token: { id, text: ` t${id}` }, clean: score(clean), patched: score(patched) };
}

const rows = [row(1, [0.9, 1], [0.2, 2]), row(2, [0.05, 2], [0.7, 1])];

it('names the answers of both runs', () => {
  const headline = headlineOf(rows);
  expect(headline?.clean.token.id).toBe(1);
  expect(headline?.patched.token.id).toBe(2);
  expect(headline?.isSame).toBe(false);
  expect(headlineOf([])).toBeNull();
});

const classes: ClassRow[] = Array.from({ length: 30 }, (_, index) => ({
  index,
  label: `c${index}`,
  clean: { probability: index === 20 ? 0.5 : 0.01, rank: 1, logit: 0 },
  patched: { probability: index === 3 ? 0.7 : 0.01, rank: 1, logit: 0 },
}));

it('shows a few classes in their order, of many the most probable in either run', () => {
  expect(shownClasses(classes.slice(0, 20), false)).toHaveLength(20);
  const shown = shownClasses(classes, false);
  expect(shown.length).toBeLessThan(classes.length);
  expect(shown.slice(0, 3).map(({ index }) => index)).toEqual([3, 20, 0]);
  expect(shownClasses(classes, true)).toHaveLength(30);
});

it('chooses a part of an output, the first one where there is no other', () => {
  const part = (path: string): OutputPart => ({ path, shape: [1], dtype: 'float32', change: null });
  const output = { kind: 'tensor' as const, parts: [part('output|a'), part('output|b')] };
  expect(partOf(output, 'output|b')?.path).toBe('output|b');
  expect(partOf(output, 'gone')?.path).toBe('output|a');
  expect(partOf({ ...output, parts: [] }, null)).toBeNull();
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
