import { expect, it } from 'vitest';
import { ProgressMeter, type ReadProgress } from './progress.js';

function meter() {
  let now = 0;
  const seen: ReadProgress[] = [];
  const made = new ProgressMeter(
    (progress) => seen.push(progress),
    () => now,
  );
  return { meter: made, seen, pass: (milliseconds: number) => (now += milliseconds) };
}

it('reports now and then, with a rate that follows and the time that is left', () => {
  const { meter: progress, seen, pass } = meter();
  progress.expect(10_000);
  for (let i = 0; i < 20; i += 1) {
    pass(50);
    progress.add(100, false);
  }
  expect(seen.length).toBeLessThan(20);
  expect(seen.at(-1)).toMatchObject({ loaded: 1900, total: 10_000 });
  expect(seen.at(-1)?.rate).toBeCloseTo(2000, -2);
  expect(seen.at(-1)?.secondsLeft).toBeCloseTo(4, 0);
  for (let i = 0; i < 100; i += 1) {
    pass(100);
    progress.add(20, false);
  }
  const { rate } = seen.at(-1) as ReadProgress;
  expect(rate).toBeGreaterThan(199);
  expect(rate).toBeLessThan(300);
});

it('what was kept already says nothing about the rate', () => {
  const { meter: progress, seen, pass } = meter();
  progress.expect(3_000_000);
  for (let i = 0; i < 10; i += 1) {
    pass(100);
    progress.add(100_000, true);
  }
  expect(seen.at(-1)).toMatchObject({ rate: 0, secondsLeft: null });
  for (let i = 0; i < 10; i += 1) {
    pass(100);
    progress.add(1000, false);
  }
  expect(seen.at(-1)?.rate).toBeCloseTo(10_000, -1);
});

it('ends at all bytes, whatever was expected', () => {
  const { meter: progress, seen } = meter();
  progress.add(7, false);
  progress.end();
  expect(seen).toEqual([{ loaded: 7, total: 7, rate: 0, secondsLeft: null }]);
});
