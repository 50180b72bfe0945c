import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors.js';
import type { Config } from '../models/config.js';
import type { LanguageModel } from '../models/language-model.js';
import { architectureOf, buildModel } from '../models/registry.js';
import { readSafetensors } from './safetensors.js';
import { type CheckpointFiles, openSource, type ReadOptions } from './source.js';
import { Tokenizer } from './tokenizer.js';

/** A checkpoint that is ready to use. The caller owns the model. */
export interface Pretrained {
  model: LanguageModel;
  tokenizer: Tokenizer;
  config: Config;
}

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/**
 * Loads a checkpoint in Hugging Face's layout (config.json, model.safetensors or its shards,
 * tokenizer.json) from a folder (Node), a list of files (browser) or the URL of a folder. Weights
 * become float32. `onProgress` tells of bytes of weights.
 * @throws SourceError, CheckpointError, StateDictError; nothing stays allocated
 */
export async function loadPretrained(
  source: string | URL | readonly File[],
  options: ReadOptions = {},
): Promise<Pretrained> {
  const files = openSource(source);
  const config = await readJson(files, 'config.json', options);
  const architecture = architectureOf(config);
  const tokenizerConfig = await readJson(files, 'tokenizer_config.json', options, {});
  const tokenizer = new Tokenizer(await readJson(files, 'tokenizer.json', options), tokenizerConfig);
  const weights = await readWeights(files, options);
  const model = buildModel(architecture, config);
  const tensors = new Map<string, tf.Tensor>();
  try {
    for (const file of weights) {
      for (const [key, { values, shape, dtype }] of readSafetensors(file)) {
        const name = architecture.keyOf(key);
        if (name !== null) tensors.set(name, tf.tensor(values, shape, dtype));
      }
    }
    model.loadStateDict(tensors);
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    tf.dispose([...tensors.values()]);
  }
  return { model, tokenizer, config };
}

async function readWeights(files: CheckpointFiles, options: ReadOptions): Promise<Uint8Array[]> {
  const whole = await files.read(WEIGHTS, options);
  if (whole !== null) return [whole];
  const index = await readJson(files, INDEX, options, {});
  const shards = new Set(Object.values((index.weight_map ?? {}) as Record<string, string>));
  if (shards.size === 0) throw missing(WEIGHTS);
  return Promise.all(
    [...shards].map(async (name) => (await files.read(name, options)) ?? Promise.reject(missing(name))),
  );
}

async function readJson(
  files: CheckpointFiles,
  name: string,
  { signal }: ReadOptions,
  otherwise?: Config,
): Promise<Config> {
  const bytes = await files.read(name, { signal });
  if (bytes === null) {
    if (otherwise === undefined) throw missing(name);
    return otherwise;
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new CheckpointError(`${name} is no JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CheckpointError(`${name} holds no object.`);
  return value as Config;
}

function missing(name: string): CheckpointError {
  return new CheckpointError(
    `There is no ${name}. A checkpoint needs config.json, model.safetensors (or its shards with their index) and tokenizer.json.`,
  );
}
