import * as z from 'zod/mini';
import { activation, type Config, checkMultiple, layerCount, optional, readConfig, size } from './config.js';
import { DecoderForCausalLM, type DecoderSettings } from './decoder.js';
import { contextOf, ropeFields, ropeOf } from './rope-config.js';

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
  hidden_act: optional(activation, 'silu'),
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
 * What the shared fields say; no biases, fused matrices, head norms or windows.
 * @throws CheckpointError for sizes that do not fit each other
 */
export function decoderSettings(fields: z.output<typeof shared>): DecoderSettings {
  const heads = fields.num_attention_heads;
  const keyValueHeads = fields.num_key_value_heads ?? heads;
  checkMultiple(
    { ...fields, num_key_value_heads: keyValueHeads },
    'num_attention_heads',
    'num_key_value_heads',
  );
  const headDim = fields.head_dim ?? headDimOf(fields);
  const rotary = ropeOf(fields, { headDim, contextLength: fields.max_position_embeddings });
  return {
    vocabularySize: fields.vocab_size,
    contextLength: contextOf(fields.max_position_embeddings, rotary.rope),
    hiddenSize: fields.hidden_size,
    intermediateSize: fields.intermediate_size,
    activation: fields.hidden_act,
    normEpsilon: fields.rms_norm_eps,
    heads,
    keyValueHeads,
    headDim,
    rotary,
    mlpBias: false,
    isFused: false,
    hasHeadNorms: false,
    windows: Array.from({ length: fields.num_hidden_layers }, () => null),
    isTied: fields.tie_word_embeddings,
  };
}

function headDimOf(fields: z.output<typeof shared>): number {
  checkMultiple(fields, 'hidden_size', 'num_attention_heads');
  return fields.hidden_size / fields.num_attention_heads;
}

/**
 * The name here of a key in a checkpoint of a model in Llama's shape, or null for one that is computed. Checkpoints
 * without a head have no `model.` in front.
 */
export function llamaKey(key: string): string | null {
  if (key.endsWith('rotary_emb.inv_freq')) return null;
  return /^(?:model|lm_head)\./.test(key) ? key : `model.${key}`;
}
