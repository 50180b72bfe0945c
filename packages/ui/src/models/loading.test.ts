import type { LoadEvent } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { afterEvent, beginLoading } from './loading.js';

const progress: LoadEvent = { kind: 'progress', loaded: 1, total: 4, rate: 2, secondsLeft: 1.5 };
const retry: LoadEvent = {
  kind: 'notice',
  notice: { kind: 'retry', file: 'x', reason: 'The connection broke.', seconds: 4.2 },
};
const full: LoadEvent = {
  kind: 'notice',
  notice: { kind: 'uncached', file: 'model.safetensors', reason: 'the browser gives no more room' },
};

const after = (...events: LoadEvent[]) => events.reduce(afterEvent, beginLoading('gpt2'));

it('follows the bytes, and why they do not come', () => {
  expect(after(progress)).toMatchObject({ progress: { loaded: 1, secondsLeft: 1.5 }, pause: null });
  expect(after(progress, retry)).toMatchObject({
    progress: { loaded: 1 },
    pause: 'The connection broke. Trying again in 4 s.',
  });
  expect(after(progress, retry, progress).pause).toBeNull();
  expect(after(progress, retry, { kind: 'trace' })).toMatchObject({ stage: 'trace', pause: null });
});

it('gathers what is worth knowing afterwards, once', () => {
  const offline: LoadEvent = {
    kind: 'notice',
    notice: { kind: 'offline', file: 'openai-community/gpt2', reason: 'no connection' },
  };
  const dropped: LoadEvent = {
    kind: 'notice',
    notice: { kind: 'dropped', file: 'config.json', reason: 'it has changed on its server' },
  };
  const unchecked: LoadEvent = {
    kind: 'notice',
    notice: { kind: 'unchecked', file: 'model.safetensors', reason: 'the page is not secure' },
  };
  const weights: LoadEvent = { kind: 'notice', notice: { kind: 'weights', reason: 'They are float32.' } };
  expect(after(offline, full, full, dropped, unchecked, weights, retry).notices).toEqual([
    'The server did not say whether openai-community/gpt2 has changed, so what was kept of it is used.',
    'model.safetensors is not kept for the next time: the browser gives no more room.',
    'config.json is fetched again: it has changed on its server.',
    'Of model.safetensors only the length is checked: the page is not secure.',
    'They are float32.',
  ]);
});
