import type { CacheListing } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { describeDay, describeKept, describeRoom, sourceOfKept } from './kept-words.js';

const now = new Date(2026, 6, 20, 9);
const listing: CacheListing = {
  id: 'x',
  name: 'openai-community/gpt2',
  revision: 'c0ffee'.padEnd(40, '0'),
  bytes: 548e6,
  complete: true,
  lastUsed: new Date(2026, 6, 19, 23),
};

it.each([
  [new Date(2026, 6, 20, 0), 'today'],
  [new Date(2026, 6, 19, 23), 'yesterday'],
  [new Date(2026, 6, 8), '12 days ago'],
  [new Date(2026, 3, 20), '3 months ago'],
  [new Date(2023, 6, 20), '3 years ago'],
])('%s is %s', (day, words) => {
  expect(describeDay(day, now)).toBe(words);
});

it('describes a kept model', () => {
  expect(describeKept(listing, now)).toBe('c0ffee0 · complete · used yesterday');
  expect(describeKept({ ...listing, revision: null, complete: false }, now)).toBe('in part · used yesterday');
});

it('opens the very commit that is kept, or the address', () => {
  const { revision } = listing;
  expect(sourceOfKept(listing)).toEqual({ kind: 'hub', id: 'openai-community/gpt2', revision });
  const url = 'https://example.org/models/mine/';
  expect(sourceOfKept({ ...listing, name: url, revision: null })).toEqual({ kind: 'url', url });
  expect(sourceOfKept({ ...listing, name: 'owner/name/a/b' })).toEqual({
    kind: 'url',
    url: `https://huggingface.co/owner/name/tree/${revision}/a/b`,
  });
});

it('adds up what is kept', () => {
  const storage = { used: 1e9, free: 2e9 };
  expect(describeRoom({ models: [listing, listing], storage })).toBe(
    'Together 1.1 GB. The browser has 2.0 GB left for this page.',
  );
  expect(describeRoom({ models: [listing], storage: null })).toBe('Together 548 MB.');
  expect(describeRoom({ models: [], storage })).toBe('The browser has 2.0 GB left for this page.');
});
