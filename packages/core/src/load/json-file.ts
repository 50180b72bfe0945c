import { CheckpointError } from '../errors.js';
import type { Config } from '../models/config.js';
import { type CheckpointFiles, type FileOptions, readAll } from './checkpoint-files.js';

/** The longest JSON file that is read; the longest tokenizers have a quarter of this. */
const MOST_BYTES = 2 ** 27;

/**
 * The object in a JSON file of a checkpoint, or `otherwise` if there is no such file.
 * @throws CheckpointError if it is no JSON object, or if there is none and no `otherwise`; SourceError
 */
export async function readJson(
  files: CheckpointFiles,
  name: string,
  options: FileOptions,
  otherwise?: Config,
): Promise<Config> {
  const value = await readAnyJson(files, name, options);
  if (value === undefined) {
    if (otherwise === undefined) throw missing(name, files);
    return otherwise;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CheckpointError(`${name} in ${files.label} holds no object.`);
  return value as Config;
}

/** What is in a JSON file of a checkpoint, undefined if there is no such file. @throws CheckpointError, SourceError */
export async function readAnyJson(
  files: CheckpointFiles,
  name: string,
  options: FileOptions,
): Promise<unknown> {
  const file = await files.open(name, options);
  if (file === null) return undefined;
  const bytes = await readAll(file, options, MOST_BYTES);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    await file.forget();
    throw new CheckpointError(`${name} in ${files.label} is no JSON.`);
  }
}

/** A file that a checkpoint needs is not there. */
export function missing(name: string, { label }: CheckpointFiles): CheckpointError {
  return new CheckpointError(
    `There is no ${name} in ${label}. A checkpoint needs config.json, model.safetensors or pytorch_model.bin (or their shards with an index) and, for text, tokenizer.json.`,
  );
}
