import { expect, it } from 'vitest';
import { delayAfter, pause, RETRIES, retryAfter, within } from './retry.js';

const asked = (value: string, now = 0) => retryAfter(new Headers({ 'retry-after': value }), now);

it('reads how long a server asks to wait: seconds, or a date', () => {
  expect(asked('120')).toBe(120_000);
  expect(asked('Thu, 01 Jan 1970 00:00:30 GMT', 10_000)).toBe(20_000);
  expect(asked('Thu, 01 Jan 1970 00:00:30 GMT', 60_000)).toBe(0);
  expect(asked('soon')).toBeNull();
  expect(retryAfter(new Headers())).toBeNull();
});

it('waits twice as long each time', () => {
  expect([1, 2, 3, 4].map((failures) => delayAfter(failures, RETRIES))).toEqual([500, 1000, 2000, 4000]);
});

it('ends a pause at once when it is stopped', async () => {
  const stop = new AbortController();
  const waited = pause(60_000, stop.signal);
  stop.abort(new Error('enough'));
  await expect(waited).rejects.toThrow('enough');
  await expect(pause(60_000, stop.signal)).rejects.toThrow('enough');
  await pause(0, new AbortController().signal);
});

it('waits for work no longer than it may take', async () => {
  expect(await within(60_000, Promise.resolve(5))).toBe(5);
  await expect(within(1, new Promise(() => {}))).rejects.toThrow(/nothing came within 1 ms/);
});

it('waits for work that does not end no longer when it is stopped', async () => {
  const stop = new AbortController();
  const waited = within(60_000, new Promise(() => {}), stop.signal);
  stop.abort(new Error('enough'));
  await expect(waited).rejects.toThrow('enough');
  await expect(within(60_000, new Promise(() => {}), stop.signal)).rejects.toThrow('enough');
});
