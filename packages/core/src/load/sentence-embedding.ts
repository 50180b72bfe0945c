import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import { optional, readConfig } from '../models/config.js';
import type { SentenceEmbeddingSettings } from '../nn/sentence-embedding.js';
import type { CheckpointFiles, FileOptions } from './checkpoint-files.js';
import { readAnyJson, readJson } from './json-file.js';

const modules = z.array(
  // A path is that of a folder beside modules.json, or empty.
  z.object({ path: z.string().check(z.regex(/^[\w.-]*$/)), type: z.string() }),
);

const flag = optional(z.boolean(), false);
const pooling = z.object({
  /** Newer checkpoints name what older ones have a flag for. */
  pooling_mode: z.nullish(z.union([z.string(), z.array(z.string())])),
  pooling_mode_cls_token: flag,
  pooling_mode_mean_tokens: flag,
  pooling_mode_max_tokens: flag,
  pooling_mode_mean_sqrt_len_tokens: flag,
  pooling_mode_weightedmean_tokens: flag,
  pooling_mode_lasttoken: flag,
});

/** Ways of pooling that are supported, by the flag or the name that asks for them. */
const POOLINGS: Readonly<Record<string, SentenceEmbeddingSettings['pooling']>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_mean_tokens: 'mean',
  cls: 'cls',
  mean: 'mean',
};

/**
 * How a checkpoint of sentence-transformers makes one vector of a text's, as modules.json and the file that it names
 * say; null for other checkpoints.
 * @throws CheckpointError for other modules than a Transformer, a Pooling (`mean` or `cls`) and perhaps a Normalize
 */
export async function readSentenceEmbedding(
  files: CheckpointFiles,
  read: FileOptions,
): Promise<SentenceEmbeddingSettings | null> {
  const listed = await readAnyJson(files, 'modules.json', read);
  if (listed === undefined) return null;
  const steps = readConfig(modules, listed, 'modules.json');
  const kinds = steps.map(({ type }) => type.split('.').at(-1));
  const found = kinds.join(', ');
  if (found !== 'Transformer, Pooling' && found !== 'Transformer, Pooling, Normalize') {
    throw new CheckpointError(
      `modules.json lists the modules ${found}; supported are Transformer, Pooling and perhaps Normalize.`,
    );
  }
  const file = `${steps[1]?.path}/config.json`;
  return {
    pooling: poolingOf(readConfig(pooling, await readJson(files, file, read), file), file),
    isNormalized: kinds.length === 3,
  };
}

function poolingOf(fields: z.output<typeof pooling>, file: string): SentenceEmbeddingSettings['pooling'] {
  const { pooling_mode: named, ...flags } = fields;
  const asked = [named ?? Object.entries(flags).flatMap(([name, isOn]) => (isOn ? [name] : []))].flat();
  const [name = 'none', ...others] = asked;
  const found = others.length === 0 && Object.hasOwn(POOLINGS, name) ? POOLINGS[name] : undefined;
  if (found !== undefined) return found;
  throw new CheckpointError(
    `${file} asks for ${asked.join(' and ') || 'no pooling'}; one of ${Object.keys(POOLINGS).join(', ')} is supported.`,
  );
}
