import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import { type Config, layerCount, optional, readConfig, size } from './config.js';
import { DecoderForCausalLM, type DecoderSettings } from './decoder.js';
import { ropeFields, ropeOf } from './rope-config.js';

/** The fields that configs of models in Llama's shape share, with Llama's defaults. */
export const decoderFields = {
  ...ropeFields,
  vocab_size: size,
  max_position_embeddings: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  num_key_value_heads: z.nullish(size),
  head_dim: z.nullish(size),
  hidden_act: optional(z.string(), 'silu'),
  rms_norm_eps: optional(z.number().check(z.nonnegative()), 1e-6),
  tie_word_embeddings: optional(z.boolean(), false),
};
const shared = z.object(decoderFields);

const schema = z.object({
  ...decoderFields,
  attention_bias: optional(z.boolean(), false),
  mlp_bias: optional(z.boolean(), false),
});

/** Llama (arXiv 2302.13971, 2307.09288) with the names of transformers' `LlamaForCausalLM`. */
export class LlamaForCausalLM extends DecoderForCausalLM {
  static override readonly typeName: string = 'LlamaForCausalLM';

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    const fields = readConfig(schema, config);
    super({
      ...decoderSettings(fields),
      inputBias: fields.attention_bias,
      outputBias: fields.attention_bias,
      mlpBias: fields.mlp_bias,
    });
  }
}

/**
 * What the shared fields say; no biases, head norms or windows.
 * @throws CheckpointError for sizes that do not fit each other
 */
export function decoderSettings(fields: z.output<typeof shared>): DecoderSettings {
  const heads = fields.num_attention_heads;
  const keyValueHeads = fields.num_key_value_heads ?? heads;
  if (heads % keyValueHeads !== 0) {
    throw new CheckpointError(
      `config.json: num_attention_heads (${heads}) is no multiple of num_key_value_heads (${keyValueHeads}).`,
    );
  }
  const headDim = fields.head_dim ?? fields.hidden_size / heads;
  const rotary = ropeOf(fields, { headDim, contextLength: fields.max_position_embeddings });
  return {
    vocabularySize: fields.vocab_size,
    contextLength: contextOf(fields.max_position_embeddings, rotary),
    hiddenSize: fields.hidden_size,
    intermediateSize: fields.intermediate_size,
    activation: fields.hidden_act,
    normEpsilon: fields.rms_norm_eps,
    heads,
    keyValueHeads,
    headDim,
    rotary,
    mlpBias: false,
    hasHeadNorms: false,
    windows: Array.from({ length: fields.num_hidden_layers }, () => null),
    isTied: fields.tie_word_embeddings,
  };
}

/** A dynamic base is there to go beyond the positions that the config names. */
function contextOf(positions: number, { rope }: DecoderSettings['rotary']): number {
  return rope.type === 'dynamic' ? Math.floor(positions * rope.factor) : positions;
}

/** The name here of a key in a checkpoint, or null for one that is computed. */
export function llamaKey(key: string): string | null {
  return key.endsWith('rotary_emb.inv_freq') ? null : key;
}
