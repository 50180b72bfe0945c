import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import type { RopeSettings } from '../nn/rope.js';
import { optional } from './config.js';

const positive = z.number().check(z.positive());
const type = z.nullish(
  z.enum(['default', 'linear', 'dynamic', 'llama3', 'yarn', 'longrope', 'su'], {
    error: 'rope types are default, linear, dynamic, llama3, yarn, longrope',
  }),
);

/** `rope_parameters` of a config; the oldest call the type `type` and longrope `su`. */
export const ropeParameters = z.object({
  rope_type: type,
  type,
  rope_theta: z.nullish(positive),
  partial_rotary_factor: z.nullish(positive),
  factor: z.nullish(positive),
  original_max_position_embeddings: z.nullish(positive),
  attention_factor: z.nullish(z.number().check(z.nonnegative())),
  mscale: z.nullish(z.number()),
  mscale_all_dim: z.nullish(z.number()),
  beta_fast: optional(positive, 32),
  beta_slow: optional(positive, 1),
  truncate: optional(z.boolean(), true),
  low_freq_factor: z.nullish(positive),
  high_freq_factor: z.nullish(positive),
  short_factor: z.nullish(z.array(positive)),
  long_factor: z.nullish(z.array(positive)),
});

/** The fields of a config about rotary embeddings; older ones have `rope_theta` and `rope_scaling` beside each other. */
export const ropeFields = {
  rope_theta: z.nullish(positive),
  rope_parameters: z.nullish(ropeParameters),
  rope_scaling: z.nullish(ropeParameters),
  partial_rotary_factor: z.nullish(positive),
  original_max_position_embeddings: z.nullish(positive),
};

const configSchema = z.object(ropeFields);
type RopeFields = z.output<typeof configSchema>;
export type RopeParameters = z.output<typeof ropeParameters>;

/** What a model adds to what its config says of rotary embeddings. */
export interface RopeDefaults {
  /** Dimensions of a head, all of which turn unless the config says otherwise. */
  readonly headDim: number;
  /** Longest input, in positions. */
  readonly contextLength: number;
  readonly theta?: number;
  readonly partialRotaryFactor?: number;
}

/**
 * How many dimensions of each head turn, and how.
 * @throws CheckpointError for settings that are missing or do not fit
 */
export function ropeOf(fields: RopeFields, defaults: RopeDefaults): { dim: number; rope: RopeSettings } {
  const parameters = fields.rope_parameters ?? fields.rope_scaling ?? ropeParameters.parse({});
  return ropeFrom(
    {
      ...parameters,
      rope_theta: parameters.rope_theta ?? fields.rope_theta,
      partial_rotary_factor: parameters.partial_rotary_factor ?? fields.partial_rotary_factor,
      original_max_position_embeddings:
        fields.original_max_position_embeddings ?? parameters.original_max_position_embeddings,
    },
    defaults,
  );
}

/** The same of parameters that stand alone. @throws CheckpointError for settings that are missing or do not fit */
export function ropeFrom(
  parameters: RopeParameters,
  { headDim, contextLength, theta = 10000, partialRotaryFactor = 1 }: RopeDefaults,
): { dim: number; rope: RopeSettings } {
  const dim = Math.trunc(headDim * (parameters.partial_rotary_factor ?? partialRotaryFactor));
  if (!(dim >= 2 && dim <= headDim && dim % 2 === 0)) {
    throw new CheckpointError(
      `config.json: rotary embeddings turn ${dim} of the ${headDim} dimensions of a head; it has to be an even whole number within it.`,
    );
  }
  return { dim, rope: settingsOf(parameters, parameters.rope_theta ?? theta, dim, contextLength) };
}

/** Longest input of a model. A dynamic base is there to go beyond the positions that its config names. */
export function contextOf(positions: number, rope: RopeSettings): number {
  return rope.type === 'dynamic' ? Math.floor(positions * rope.factor) : positions;
}

function settingsOf(
  parameters: RopeParameters,
  theta: number,
  dim: number,
  contextLength: number,
): RopeSettings {
  const name = parameters.rope_type ?? parameters.type ?? 'default';
  const originalContext = parameters.original_max_position_embeddings ?? contextLength;
  switch (name) {
    case 'default':
      return { theta, type: 'default' };
    case 'linear':
      return { theta, type: 'linear', factor: need(parameters, 'factor') };
    case 'dynamic':
      // transformers grows the base from the whole context on, whatever the original one.
      return { theta, type: 'dynamic', factor: need(parameters, 'factor'), originalContext: contextLength };
    case 'llama3':
      return {
        theta,
        type: 'llama3',
        factor: need(parameters, 'factor'),
        lowFrequencyFactor: need(parameters, 'low_freq_factor'),
        highFrequencyFactor: need(parameters, 'high_freq_factor'),
        originalContext,
      };
    case 'yarn': {
      const factor = parameters.factor ?? contextLength / originalContext;
      return {
        theta,
        type: 'yarn',
        factor,
        attentionFactor: parameters.attention_factor ?? yarnAttention(factor, parameters),
        fastRotations: parameters.beta_fast,
        slowRotations: parameters.beta_slow,
        isTruncated: parameters.truncate,
        originalContext,
      };
    }
    case 'longrope':
    case 'su': {
      const factor = parameters.factor ?? contextLength / originalContext;
      return {
        theta,
        type: 'longrope',
        shortFactors: factorsOf(parameters, 'short_factor', dim),
        longFactors: factorsOf(parameters, 'long_factor', dim),
        attentionFactor: parameters.attention_factor ?? longropeAttention(factor, originalContext),
        originalContext,
      };
    }
  }
}

function yarnAttention(factor: number, { mscale, mscale_all_dim: allDim }: RopeParameters): number {
  const scale = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  return mscale && allDim ? scale(mscale) / scale(allDim) : scale(1);
}

function longropeAttention(factor: number, originalContext: number): number {
  return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalContext));
}

function need(parameters: RopeParameters, name: 'factor' | 'low_freq_factor' | 'high_freq_factor'): number {
  const value = parameters[name];
  if (value === null || value === undefined) {
    const type = parameters.rope_type ?? parameters.type;
    throw new CheckpointError(`config.json: the rope type '${type}' needs '${name}'.`);
  }
  return value;
}

function factorsOf(parameters: RopeParameters, name: 'short_factor' | 'long_factor', dim: number): number[] {
  const factors = parameters[name];
  if (factors?.length !== dim / 2) {
    throw new CheckpointError(
      `config.json: the rope type 'longrope' needs ${dim / 2} numbers as '${name}', got ${factors?.length ?? 'none'}.`,
    );
  }
  return factors;
}
