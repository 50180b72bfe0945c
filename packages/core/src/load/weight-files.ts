import { CheckpointError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import type { CheckpointFiles, FileOptions, SourceFile } from './checkpoint-files.js';
import { missing, readJson } from './json-file.js';

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** How shards are named as a rule. */
const SHARD = /^model-\d+-of-\d+\.safetensors$/;

/** The files that hold a checkpoint's weights, each opened when it is its turn. */
export interface WeightFiles {
  readonly count: number;
  open(): AsyncGenerator<SourceFile, void>;
}

/**
 * Finds the weights: in one file, or in shards with their index.
 * @throws CheckpointError if there are none, or if the index names what is no file of the folder; SourceError
 */
export async function weightFiles(files: CheckpointFiles, options: FileOptions): Promise<WeightFiles> {
  const whole = await files.open(WEIGHTS, options);
  if (whole !== null) {
    return {
      count: 1,
      async *open() {
        yield whole;
      },
    };
  }
  const names = shardsOf(await readJson(files, INDEX, options, {}));
  if (names.length === 0) throw missing(WEIGHTS, files);
  return {
    count: names.length,
    async *open() {
      for (const name of names) {
        const shard = await files.open(name, options);
        if (shard === null) throw missing(name, files);
        yield shard;
      }
    },
  };
}

/** Whether a file's name is one of a file with weights. */
export function isWeights(name: string): boolean {
  return name === WEIGHTS || SHARD.test(name);
}

/** Bytes of the files of a listing that hold weights. */
export function listedBytes(sizes: ReadonlyMap<string, number>): number {
  const whole = sizes.get(WEIGHTS);
  if (whole !== undefined) return whole;
  return [...sizes].filter(([name]) => SHARD.test(name)).reduce((sum, [, bytes]) => sum + bytes, 0);
}

/** Shards that an index lists. A name must stay inside the folder. */
function shardsOf({ weight_map: map = {} }: Readonly<Record<string, unknown>>): string[] {
  const names = isPlainObject(map) ? [...new Set(Object.values(map))] : [map];
  const wrong = names.find((name) => typeof name !== 'string' || !/^[\w.-]+\.safetensors$/.test(name));
  if (wrong === undefined) return names as string[];
  throw new CheckpointError(
    `${INDEX} lists ${JSON.stringify(wrong)}, which is no name of a .safetensors file.`,
  );
}
