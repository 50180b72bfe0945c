import type { ModelInfo } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { firstSession } from './first-input.js';

const model = (task: ModelInfo['task'], input: ModelInfo['input']): ModelInfo => ({
  task,
  architecture: 'any',
  parameterCount: 1,
  input,
  layout: 'channels-first',
});
const text = (mask: string | null): ModelInfo['input'] => ({
  kind: 'text',
  contextLength: 9,
  vocabularySize: 9,
  mask,
});

it('has a prompt for each task that takes text', () => {
  const textFor = (task: ModelInfo['task'], mask: string | null) =>
    firstSession(model(task, text(mask)))?.input;
  expect(textFor('text-generation', null)).toMatchObject({ text: expect.stringContaining('Mary') });
  expect(textFor('fill-mask', '<mask>')).toEqual({ kind: 'text', text: 'The capital of France is <mask>.' });
  expect(textFor('feature-extraction', null)).toMatchObject({ kind: 'text' });
});

it('has none for images and tensors', () => {
  const image = { kind: 'image', width: 2, height: 2, channels: 1 } as const;
  expect(firstSession(model('image-classification', image))).toBeNull();
  expect(firstSession(model('tensors', { kind: 'tensors', tensors: [] }))).toBeNull();
});
