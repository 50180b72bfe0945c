import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import type { Config } from '../models/config.js';
import type { LanguageModel } from '../models/language-model.js';
import { type Architecture, architectureOf, buildModel } from '../models/registry.js';
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
 * tokenizer.json, perhaps generation_config.json) from a folder (Node), a list of files (browser) or
 * the URL of a folder. Weights become float32. `onProgress` tells of bytes of weights.
 * @throws SourceError, CheckpointError, StateDictError; nothing stays allocated
 */
export async function loadPretrained(
  source: string | URL | readonly File[],
  options: ReadOptions = {},
): Promise<Pretrained> {
  const files = openSource(source);
  const config = await readJson(files, 'config.json', options);
  const architecture = architectureOf(config);
  // Older checkpoints have these settings in config.json, where transformers finds them too.
  const generationConfig = await readJson(files, 'generation_config.json', options, config);
  const tokenizerConfig = await readJson(files, 'tokenizer_config.json', options, {});
  const tokenizer = new Tokenizer(await readJson(files, 'tokenizer.json', options), tokenizerConfig);
  // Built before the weights are read: a config that does not fit costs no download.
  const model = buildModel(architecture, config);
  model.generationConfig = generationConfig;
  const tensors = new Map<string, tf.Tensor>();
  try {
    for await (const file of weightFiles(files, options)) addTensors(tensors, file, architecture);
    model.loadStateDict(tensors);
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    tf.dispose([...tensors.values()]);
  }
  return { model, tokenizer, config };
}

/** Puts the weights in a file into `tensors`, which owns them. */
function addTensors(tensors: Map<string, tf.Tensor>, file: Uint8Array, { keyOf }: Architecture): void {
  for (const [key, { values, shape, dtype }] of readSafetensors(file)) {
    const name = keyOf(key);
    if (name === null) continue;
    if (tensors.has(name)) throw new CheckpointError(`The checkpoint holds '${name}' twice.`);
    if (dtype !== 'float32')
      throw new CheckpointError(
        `The weight '${key}' has dtype ${dtype}; floating-point weights are supported.`,
      );
    tensors.set(name, tf.tensor(values, shape, dtype));
  }
}

/** The files that hold the weights, one at a time, so that only one is in memory. */
async function* weightFiles(
  files: CheckpointFiles,
  { onProgress, signal }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const whole = await files.read(WEIGHTS, { onProgress, signal });
  signal?.throwIfAborted();
  if (whole !== null) return yield whole;
  const { names, size } = shardsOf(await readJson(files, INDEX, { signal }, {}));
  if (names.length === 0) throw missing(WEIGHTS);
  let before = 0;
  for (const name of names) {
    const shard = await files.read(name, {
      signal,
      onProgress: ({ loaded, total }) =>
        onProgress?.({ loaded: before + loaded, total: Math.max(size, before + total) }),
    });
    signal?.throwIfAborted();
    if (shard === null) throw missing(name);
    before += shard.length;
    yield shard;
  }
}

/** Shards that an index lists, and the bytes of all their tensors. A name must stay inside the folder. */
function shardsOf({ weight_map: map = {}, metadata }: Config): { names: string[]; size: number } {
  const names = isPlainObject(map) ? [...new Set(Object.values(map))] : [map];
  const wrong = names.find((name) => typeof name !== 'string' || !/^[\w.-]+\.safetensors$/.test(name));
  if (wrong !== undefined)
    throw new CheckpointError(
      `${INDEX} lists ${JSON.stringify(wrong)}, which is no name of a .safetensors file.`,
    );
  const size = isPlainObject(metadata) ? Number(metadata.total_size) : 0;
  return { names: names as string[], size: Number.isFinite(size) ? size : 0 };
}

async function readJson(
  files: CheckpointFiles,
  name: string,
  { signal }: ReadOptions,
  otherwise?: Config,
): Promise<Config> {
  const bytes = await files.read(name, { signal });
  signal?.throwIfAborted();
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
