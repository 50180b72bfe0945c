import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRunQueue } from './run-queue.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A queue whose runs end when the test says so. */
function queue() {
  const ends: (() => void)[] = [];
  const current: (() => boolean)[] = [];
  const made = createRunQueue({
    pause: 60,
    longest: 150,
    run(isCurrent) {
      current.push(isCurrent);
      return new Promise((resolve) => {
        ends.push(resolve);
      });
    },
  });
  const end = async (at: number) => {
    ends[at]?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { ...made, end, current, started: () => ends.length };
}

it('waits for a pause and runs once', () => {
  const { schedule, started } = queue();
  schedule();
  vi.advanceTimersByTime(50);
  schedule();
  vi.advanceTimersByTime(50);
  expect(started()).toBe(0);
  vi.advanceTimersByTime(10);
  expect(started()).toBe(1);
});

it('runs now and then while edits go on without a pause', async () => {
  const { schedule, started, end } = queue();
  for (let time = 0; time < 140; time += 20) {
    schedule();
    vi.advanceTimersByTime(20);
  }
  expect(started()).toBe(0);
  schedule();
  vi.advanceTimersByTime(10);
  expect(started()).toBe(1);
  await end(0);
  schedule();
  vi.advanceTimersByTime(50);
  expect(started()).toBe(1);
});

it('has one run under way, and one that waits for all that was asked meanwhile', async () => {
  const { flush, end, started } = queue();
  flush();
  flush();
  flush();
  expect(started()).toBe(1);
  await end(0);
  expect(started()).toBe(2);
  await end(1);
  expect(started()).toBe(2);
});

it('starts anew after a reset, whatever was under way', async () => {
  const { flush, reset, end, started, current } = queue();
  flush();
  flush();
  reset();
  expect(current[0]?.()).toBe(false);
  await end(0);
  expect(started()).toBe(1);
  flush();
  expect(started()).toBe(2);
  expect(current[1]?.()).toBe(true);
});
