import type { InputInfo, ModelSource, RunInput } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { createDesks } from './desks.js';
import { blankInput, fits } from './fitting.js';
import type { Session } from './session.js';

const text: InputInfo = { kind: 'text', contextLength: 9, vocabularySize: 9, mask: null };
const image: InputInfo = { kind: 'image', width: 2, height: 1, channels: 1 };
const tensors: InputInfo = {
  kind: 'tensors',
  tensors: [{ name: 'x', shape: [null, null, 3], dtype: 'float32' }],
};

const at = (url: string): ModelSource => ({ kind: 'url', url });
const sessionOf = (input: RunInput): Session => ({ input, patches: [], position: null });
const typed = (words: string) => sessionOf({ kind: 'text', text: words });
const drawn = (values: number[]) => sessionOf({ kind: 'image', width: 2, height: 1, channels: 1, values });
const opening = (url: string, input: InputInfo) => ({ source: at(url), input, example: null, first: null });

it('gives each model its own session back', () => {
  const desks = createDesks(at('words'));
  const picture = drawn([0, 1]);
  expect(desks.open(typed('a'), { ...opening('digits', image), first: picture })).toBe(picture);
  expect(desks.open(drawn([1, 1]), opening('words', text))).toEqual(typed('a'));
  expect(desks.open(typed('b'), { ...opening('digits', image), first: picture })).toEqual(drawn([1, 1]));
});

it('prefers an example, and keeps the session of a model that is opened again', () => {
  const desks = createDesks(at('words'));
  expect(desks.open(typed('a'), { ...opening('words', text), first: typed('b') })).toEqual(typed('a'));
  expect(desks.open(typed('a'), { ...opening('words', text), example: typed('c') })).toEqual(typed('c'));
});

it('lets a new model take the last input that it can read, else a blank one', () => {
  const desks = createDesks(at('words'));
  expect(desks.open(typed('a'), opening('digits', image)).input).toEqual(blankInput(image));
  expect(desks.open(drawn([1, 0]), opening('other words', text))).toEqual(typed('a'));
  expect(desks.open(typed('b'), opening('any', tensors))).toEqual(sessionOf(blankInput(tensors)));
});

it('knows what fits', () => {
  expect(fits(blankInput(tensors), tensors)).toBe(true);
  expect(blankInput(tensors)).toMatchObject({ tensors: [{ shape: [1, 16, 3] }] });
  const other: RunInput = {
    kind: 'tensors',
    tensors: [{ shape: [1, 2, 4], fill: { kind: 'constant', value: 0 } }],
  };
  expect(fits(other, tensors)).toBe(false);
  expect(fits({ kind: 'tensors', tensors: [] }, tensors)).toBe(false);
  expect(fits(drawn([0]).input, { ...image, width: 3 })).toBe(false);
  expect(fits(typed('a').input, image)).toBe(false);
});
