import type { CheckpointFiles, FileOptions } from '../checkpoint-files.js';
import { readJsonFile } from './load-tfjs-model.js';
import type { ModelJson, WeightSpec } from './model-json.js';

/** What it takes to load a model that TensorFlow.js has saved. */
export interface TfjsPlan {
  json: ModelJson;
  /** How many numbers its weights are. */
  parameterCount: number;
  /** Bytes of the files with its weights, null where the server does not say, and how many are kept or local. */
  files: { bytes: number | null; cached: number };
  /** Bytes of all weights as they are held, and the largest one. */
  bytes: number;
  largest: { name: string; bytes: number };
}

/** All numbers are held in four bytes, also those that are stored in fewer. */
const WORD = 4;

/** Finds out what `loadTfjsModel` would read, from the model.json alone. @throws SourceError, CheckpointError */
export async function planTfjsModel(
  files: CheckpointFiles,
  name: string,
  options: FileOptions,
): Promise<TfjsPlan> {
  const json = await readJsonFile(files, name, options);
  const weights = json.weightsManifest.flatMap((group) => group.weights.map(sizeOf));
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const none = { name: '', bytes: 0 };
  return {
    json,
    parameterCount: weights.reduce((sum, { count }) => sum + count, 0),
    files: await sizesOf(files, paths, options),
    bytes: weights.reduce((sum, { bytes }) => sum + bytes, 0),
    largest: weights.reduce((most, each) => (each.bytes > most.bytes ? each : most), none),
  };
}

function sizeOf({ name, shape }: WeightSpec): { name: string; count: number; bytes: number } {
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, count, bytes: count * WORD };
}

async function sizesOf(
  files: CheckpointFiles,
  paths: readonly string[],
  options: FileOptions,
): Promise<TfjsPlan['files']> {
  let bytes: number | null = 0;
  let cached = 0;
  for (const path of paths) {
    const file = await files.open(path, options);
    file?.close();
    const size: number | null = file?.size ?? null;
    bytes = bytes === null || size === null ? null : bytes + size;
    cached += file?.cached ?? 0;
  }
  return { bytes, cached };
}
