import { expect, it } from 'vitest';
import { describeProgress, formatTimeLeft, percentOf, spokenProgress } from './progress-words.js';

it.each([
  [0.4, 'a few seconds left'],
  [5, 'about 5 s left'],
  [41, 'about 45 s left'],
  [56, 'about 1 min left'],
  [170, 'about 3 min left'],
  [3590, 'about 1 h left'],
  [4800, 'about 1 h 20 min left'],
  [86400, 'about 24 h left'],
])('%d seconds are %s', (seconds, words) => {
  expect(formatTimeLeft(seconds)).toBe(words);
});

it('tells bytes, rate and time left, as far as they are known', () => {
  const progress = { loaded: 12e6, total: 498e6, rate: 3.2e6, secondsLeft: 152 };
  expect(describeProgress(progress)).toBe('12 MB of 498 MB · 3.2 MB/s · about 3 min left');
  expect(describeProgress({ ...progress, total: 0, secondsLeft: null })).toBe('12 MB · 3.2 MB/s');
  expect(describeProgress({ ...progress, rate: 0, secondsLeft: null })).toBe('12 MB of 498 MB');
  expect(describeProgress({ ...progress, loaded: 498e6, secondsLeft: 0 })).toBe(
    '498 MB of 498 MB · 3.2 MB/s',
  );
});

it('counts whole per cent, of a known total', () => {
  expect(percentOf({ loaded: 999, total: 1000 })).toBe(99);
  expect(percentOf({ loaded: 5, total: 0 })).toBeNull();
});

it('speaks at every tenth only', () => {
  const at = (loaded: number) => spokenProgress('gpt2', { loaded, total: 100 });
  expect(spokenProgress('gpt2', null)).toBe('Downloading gpt2.');
  expect(at(19)).toBe('Downloading gpt2: 10 %.');
  expect(new Set(Array.from({ length: 101 }, (_, loaded) => at(loaded))).size).toBe(11);
});
