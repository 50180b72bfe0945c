import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { Module } from '../module/module.js';
import type { GenerateOptions, Prompt } from './options.js';
import { modelFacts, readPrompt, readSettings } from './settings.js';

const FACTS = { contextLength: 10, vocabularySize: 5, generationConfig: {} };

class Plain extends Module {
  forward(): number {
    return 1;
  }
}

it('[P9] only language models generate', () => {
  const host = { module: new Plain(), usesGenerationConfig: true };
  expect(() => modelFacts(host as never)).toThrow(/Plain cannot generate: it is no LanguageModel/);
});

it('[P9] a prompt is one sequence, several of one length, or a tensor', async () => {
  for (const prompt of [
    [1, 2],
    [[1, 2]],
    tf.tensor1d([1, 2], 'int32'),
    tf.tensor2d([[1, 2]], [1, 2], 'int32'),
  ]) {
    expect(await readPrompt(prompt as Prompt, FACTS)).toEqual([[1, 2]]);
  }
  expect(await readPrompt([[1], [2]], FACTS)).toEqual([[1], [2]]);
});

it.each([
  [[], /prompt is empty/],
  [[[], []], /prompt is empty/],
  [tf.tensor2d([], [0, 3]), /prompt is empty/],
  [[[1], [1, 2]], /same length; these have 1, 2 tokens/],
  [[1, 5], /holds 5; token ids are whole numbers below 5/],
  [[-1], /holds -1/],
  [[0.5], /holds 0\.5/],
  [[[1, 2], 3], /holds 1,2/],
  ['text', /array of token ids/],
  [tf.scalar(1), /array of token ids/],
] as const)('[P9] the prompt %s is an error', async (prompt, message) => {
  const reading = readPrompt(prompt as unknown as Prompt, FACTS);
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toBeInstanceOf(InputError);
});

it.each([
  [{ maxNewTokens: 8 }, /prompt of 3 tokens and 8 new ones are 11; the model reads at most 10/],
  [{ maxNewTokens: -1 }, /maxNewTokens is -1/],
  [{ maxNewTokens: 1.5 }, /maxNewTokens is 1\.5/],
  [{}, /maxNewTokens is undefined; it must be a whole number/],
  [{ temperature: -0.1 }, /temperature is -0\.1; it must be 0 or a positive number/],
  [{ temperature: Number.POSITIVE_INFINITY }, /temperature is Infinity/],
  [{ topK: 0 }, /topK is 0; it must be a positive whole number/],
  [{ topK: 2.5 }, /topK is 2\.5/],
  [{ seed: 2 ** 32 }, /seed is 4294967296/],
  [{ seed: -1 }, /seed is -1/],
  [{ eosTokenId: 5 }, /eosTokenId is 5; it must be a token id below 5/],
  [{ eosTokenId: [1, 'x'] }, /eosTokenId is x/],
  [{ patchOn: 'never' }, /patchOn is never; it must be 'all', 'prompt' or 'generated'/],
])('[P9] the options %j are an error', (options, message) => {
  const given = (Object.keys(options).length > 0 ? { maxNewTokens: 1, ...options } : {}) as GenerateOptions;
  expect(() => readSettings(given, FACTS, 3)).toThrow(message);
  expect(() => readSettings(given, FACTS, 3)).toThrow(InputError);
});

it('[P9] fills in defaults, and what options say comes before the generation config', () => {
  expect(readSettings({ maxNewTokens: 7 }, FACTS, 3)).toEqual({
    maxNewTokens: 7,
    temperature: 0,
    topK: Number.POSITIVE_INFINITY,
    seed: 0,
    endIds: new Set(),
    patchOn: 'all',
    useCache: true,
  });
  const facts = { ...FACTS, generationConfig: { eos_token_id: [1, 2] } };
  const ends = (eosTokenId?: number | number[]) =>
    readSettings({ maxNewTokens: 1, ...(eosTokenId === undefined ? {} : { eosTokenId }) }, facts, 3).endIds;
  expect(ends()).toEqual(new Set([1, 2]));
  expect(ends(3)).toEqual(new Set([3]));
  expect(ends([])).toEqual(new Set());
  const larger = { ...FACTS, generationConfig: { eos_token_id: [50256, 2, -1] } };
  expect(readSettings({ maxNewTokens: 1 }, larger, 3).endIds).toEqual(new Set([2]));
  const none = { ...FACTS, generationConfig: { eos_token_id: null } };
  expect(readSettings({ maxNewTokens: 1 }, none, 3).endIds).toEqual(new Set());
});
