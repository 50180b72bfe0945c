import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import type { GenerationHost } from './host.js';
import type { GenerateOptions, PatchOn, Prompt } from './options.js';

/** What generation must know of a language model. */
export interface ModelFacts {
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly generationConfig: Readonly<Record<string, unknown>>;
}

/** Options with their defaults, checked. */
export interface Settings {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly seed: number;
  readonly endIds: ReadonlySet<number>;
  readonly patchOn: PatchOn;
  readonly useCache: boolean;
}

/** @throws InputError for a module that is no language model */
export function modelFacts({ module, usesGenerationConfig }: GenerationHost): ModelFacts {
  const {
    contextLength,
    vocabularySize,
    generationConfig = {},
  } = module as Partial<ModelFacts> & typeof module;
  if (!isCount(contextLength) || !isCount(vocabularySize)) {
    throw new InputError(`${module.typeName} cannot generate: it is no LanguageModel.`);
  }
  return { contextLength, vocabularySize, generationConfig: usesGenerationConfig ? generationConfig : {} };
}

/** The sequences of a prompt, as arrays of the caller's. @throws InputError */
export async function readPrompt(prompt: Prompt, { vocabularySize }: ModelFacts): Promise<number[][]> {
  const given = prompt instanceof tf.Tensor ? ((await prompt.array()) as number[] | number[][]) : prompt;
  if (!Array.isArray(given))
    throw new InputError('A prompt is an array of token ids, or of such arrays, or a tensor.');
  const isBatch = given.length > 0 && given.every((item) => Array.isArray(item));
  const rows = (isBatch ? given : [given]) as number[][];
  const length = rows[0]?.length ?? 0;
  if (length === 0) throw new InputError('The prompt is empty; generation needs at least one token.');
  if (rows.some((row) => row.length !== length)) {
    throw new InputError(
      `The prompts of a batch must have the same length; these have ${rows.map((row) => row.length).join(', ')} tokens.`,
    );
  }
  const wrong = rows.flat().find((id) => !isBelow(id, vocabularySize));
  if (wrong !== undefined) {
    throw new InputError(
      `The prompt holds ${String(wrong)}; token ids are whole numbers below ${vocabularySize}.`,
    );
  }
  return rows.map((row) => [...row]);
}

/** @throws InputError for options that do not fit the model or the length of the prompt */
export function readSettings(options: GenerateOptions, facts: ModelFacts, promptLength: number): Settings {
  const { maxNewTokens, temperature = 0, topK = Number.POSITIVE_INFINITY, seed = 0 } = options;
  const { patchOn = 'all', useCache = true } = options;
  const { contextLength } = facts;
  if (!isBelow(maxNewTokens, Number.POSITIVE_INFINITY))
    refuse('maxNewTokens', maxNewTokens, 'a whole number');
  if (promptLength + maxNewTokens > contextLength) {
    throw new InputError(
      `A prompt of ${promptLength} tokens and ${maxNewTokens} new ones are ${promptLength + maxNewTokens}; the model reads at most ${contextLength}.`,
    );
  }
  if (!Number.isFinite(temperature) || temperature < 0)
    refuse('temperature', temperature, '0 or a positive number');
  if (options.topK !== undefined && !isCount(topK)) refuse('topK', topK, 'a positive whole number');
  if (!isBelow(seed, 2 ** 32)) refuse('seed', seed, 'a whole number below 2³²');
  if (!['all', 'prompt', 'generated'].includes(patchOn))
    refuse('patchOn', patchOn, "'all', 'prompt' or 'generated'");
  return { maxNewTokens, temperature, topK, seed, endIds: endIds(options, facts), patchOn, useCache };
}

function endIds(
  { eosTokenId }: GenerateOptions,
  { vocabularySize, generationConfig }: ModelFacts,
): Set<number> {
  const isToken = (id: unknown) => isBelow(id, vocabularySize);
  // Checkpoints of small vocabularies often keep the end of the large one that their class has by default.
  if (eosTokenId === undefined || eosTokenId === null)
    return new Set(listed(generationConfig.eos_token_id).filter(isToken) as number[]);
  const ids = listed(eosTokenId);
  const wrong = ids.find((id) => !isToken(id));
  if (wrong !== undefined) refuse('eosTokenId', wrong, `a token id below ${vocabularySize}, or several`);
  return new Set(ids);
}

function listed<T>(ids: T | readonly T[]): readonly T[] {
  return Array.isArray(ids) ? ids : [ids as T];
}

function refuse(option: string, value: unknown, right: string): never {
  throw new InputError(`${option} is ${String(value)}; it must be ${right}.`);
}

function isBelow(value: unknown, limit: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit;
}

function isCount(value: unknown): value is number {
  return isBelow(value, Number.POSITIVE_INFINITY) && value > 0;
}
