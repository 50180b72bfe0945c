import { CheckpointError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import type { CheckpointFiles, FileOptions, SourceFile } from './checkpoint-files.js';
import { missing, readJson } from './json-file.js';
import { WEIGHT_FORMATS, type WeightFormat } from './weight-formats.js';

/** The files that hold a checkpoint's weights, each opened when it is its turn. */
export interface WeightFiles {
  readonly format: WeightFormat;
  readonly count: number;
  open(): AsyncGenerator<SourceFile, void>;
}

/**
 * Finds the weights: in one file, or in shards with their index; in the first format that is there.
 * @throws CheckpointError if there are none, or if the index names what is no file of the folder; SourceError
 */
export async function weightFiles(files: CheckpointFiles, options: FileOptions): Promise<WeightFiles> {
  for (const format of WEIGHT_FORMATS) {
    const whole = await files.open(format.whole, options);
    if (whole !== null) return { format, count: 1, open: () => one(whole) };
    const names = shardsOf(await readJson(files, format.index, options, {}), format);
    if (names.length > 0) return { format, count: names.length, open: () => each(names, files, options) };
  }
  throw missing(WEIGHT_FORMATS.map(({ whole }) => whole).join(' or '), files);
}

/** Whether a file's name is one of a file with weights. */
export function isWeights(name: string): boolean {
  return WEIGHT_FORMATS.some(({ whole, shard }) => name === whole || shard.test(name));
}

/** Bytes of the files of a listing that hold the weights that are read. */
export function listedBytes(sizes: ReadonlyMap<string, number>): number {
  for (const { whole, shard } of WEIGHT_FORMATS) {
    const names = sizes.has(whole) ? [whole] : [...sizes.keys()].filter((name) => shard.test(name));
    if (names.length > 0) return names.reduce((sum, name) => sum + (sizes.get(name) as number), 0);
  }
  return 0;
}

async function* one(file: SourceFile): AsyncGenerator<SourceFile, void> {
  yield file;
}

async function* each(
  names: readonly string[],
  files: CheckpointFiles,
  options: FileOptions,
): AsyncGenerator<SourceFile, void> {
  for (const name of names) {
    const file = await files.open(name, options);
    if (file === null) throw missing(name, files);
    yield file;
  }
}

/** Shards that an index lists. A name must stay inside the folder. */
function shardsOf(
  { weight_map: map = {} }: Readonly<Record<string, unknown>>,
  { index, ending }: WeightFormat,
): string[] {
  const names = isPlainObject(map) ? [...new Set(Object.values(map))] : [map];
  const isShard = (name: unknown) =>
    typeof name === 'string' && /^[\w.-]+$/.test(name) && name.endsWith(ending);
  const wrong = names.find((name) => !isShard(name));
  if (wrong === undefined) return names as string[];
  throw new CheckpointError(`${index} lists ${JSON.stringify(wrong)}, which is no name of a ${ending} file.`);
}
