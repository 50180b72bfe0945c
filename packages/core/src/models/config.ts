import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import { unsupportedActivation } from '../nn/activations.js';

const { localeError } = z.locales.en();

/** A `config.json` of Hugging Face as parsed JSON. */
export type Config = Readonly<Record<string, unknown>>;

/** A count: a whole number of at least 1. */
export const size = z.int().check(z.positive());

/** A number of layers, bounded so that a broken config cannot build forever. */
export const layerCount = size.check(z.maximum(1024));

/** The name of an activation that is supported. */
export const activation = z.string().check(
  z.refine((name) => unsupportedActivation(name) === null, {
    error: ({ input }) => unsupportedActivation(String(input)) ?? undefined,
  }),
);

/** A field that may be missing, or null as transformers writes unset ones. */
export function optional<T extends z.ZodMiniType>(type: T, otherwise: NonNullable<z.output<T>>) {
  return z.pipe(
    z.nullish(type),
    z.transform((value) => (value ?? otherwise) as NonNullable<z.output<T>>),
  );
}

/** The fields of the config in `file` that are needed. @throws CheckpointError naming each field that does not fit */
export function readConfig<T extends z.ZodMiniType>(
  schema: T,
  config: unknown,
  file = 'config.json',
): z.output<T> {
  const result = z.safeParse(schema, config, { error: inWords });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `At ${path.join('.')}: ${message}`);
  throw new CheckpointError(`${file} cannot be used. ${problems.join('; ')}.`);
}

/** @throws CheckpointError unless the field `of` is a multiple of the field `by` */
export function checkMultiple<K extends string>(fields: Readonly<Record<K, number>>, of: K, by: K): void {
  if (fields[of] % fields[by] === 0) return;
  throw new CheckpointError(`config.json: ${of} (${fields[of]}) is no multiple of ${by} (${fields[by]}).`);
}

/** What was expected and what was found; by itself, the small build of zod says only that input is invalid. */
function inWords(issue: z.core.$ZodRawIssue): string {
  const said = localeError(issue);
  const words = typeof said === 'object' ? said?.message : said;
  const { input } = issue;
  const isShort = typeof input === 'number' || (typeof input === 'string' && input.length < 60);
  return isShort ? `${words}, got ${JSON.stringify(input)}` : String(words);
}
