import * as z from 'zod/mini';
import { CheckpointError } from '../../errors.js';
import { parseJson } from '../json-text.js';

/** A file of such a name is a model that TensorFlow.js has saved; any other one stands for its folder. */
export const TFJS_MODEL = /model\.json$/;

/** The longest model.json that is read. */
const MOST_JSON_BYTES = 2 ** 26;

/** How deep it may nest. */
const MOST_DEPTH = 200;

const dimension = z.int().check(z.nonnegative());

const weightSpec = z.object({
  name: z.string(),
  shape: z.array(dimension),
  dtype: z.enum(['float32', 'int32', 'bool', 'string', 'complex64']),
  group: z.optional(z.string()),
  quantization: z.optional(
    z.object({
      dtype: z.enum(['uint8', 'uint16', 'float16']),
      scale: z.optional(z.number()),
      min: z.optional(z.number()),
    }),
  ),
});

const weightGroup = z.object({
  // No slash: a model reads files of its own folder only.
  paths: z.array(z.string().check(z.regex(/^(?!\.\.?$)[^/\\?#%:]+$/))),
  weights: z.array(weightSpec),
});

const anyObject = z.record(z.string(), z.unknown());

const modelJson = z.object({
  format: z.nullish(z.enum(['layers-model', 'graph-model'])),
  modelTopology: anyObject,
  weightsManifest: z._default(z.array(weightGroup), []),
  signature: z.nullish(anyObject),
  modelInitializer: z.nullish(anyObject),
  initializerSignature: z.nullish(anyObject),
  userDefinedMetadata: z.nullish(anyObject),
});

/** A weight as a model.json lists it. */
export type WeightSpec = z.output<typeof weightSpec>;

/** Weights whose bytes lie one after the other in the files of a list. */
export type WeightGroup = z.output<typeof weightGroup>;

/** What is read of a model.json of TensorFlow.js. */
export interface ModelJson extends z.output<typeof modelJson> {
  readonly format: 'layers-model' | 'graph-model';
}

/**
 * Reads a model.json. Which of the two formats it has, files of early converters do not say: a graph has nodes.
 * @throws CheckpointError naming each field that does not fit
 */
export function readModelJson(bytes: Uint8Array, name: string): ModelJson {
  checkJsonSize(bytes.length, name);
  let value: unknown;
  try {
    value = parseJson(new TextDecoder().decode(bytes), MOST_DEPTH);
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : String(error);
    throw new CheckpointError(`${name} is no JSON that can be read: ${reason}.`);
  }
  const read = fields(modelJson, value, name);
  return { ...read, format: read.format ?? ('node' in read.modelTopology ? 'graph-model' : 'layers-model') };
}

/** @throws CheckpointError for a model.json of more bytes than any model needs */
export function checkJsonSize(bytes: number, name: string): void {
  if (bytes <= MOST_JSON_BYTES) return;
  throw new CheckpointError(`${name} has ${bytes} bytes; ${MOST_JSON_BYTES} are allowed.`);
}

/** The fields of a part of a model.json. @throws CheckpointError naming each field that does not fit */
export function fields<T extends z.ZodMiniType>(schema: T, value: unknown, name: string): z.output<T> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, 8)
    .map(({ path, message }) => (path.length === 0 ? message : `At ${path.join('.')}: ${message}`));
  throw new CheckpointError(`${name} cannot be used. ${problems.join('; ')}.`);
}
