import type * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed } from '../nn/activations.js';
import { attend, causalMask, mergeHeads, repeatHeads, splitHeads } from '../nn/attention.js';
import { Embedding } from '../nn/embedding.js';
import { extendKeyValues, type KeyValues, pastLength, withKeyValues } from '../nn/key-values.js';
import { Linear } from '../nn/linear.js';
import { RMSNorm } from '../nn/norm.js';
import { applyRotary, RotaryEmbedding } from '../nn/rotary.js';
import { type Config, layerCount, optional, readConfig, size } from './config.js';
import { LanguageModel, type LanguageModelOutput } from './language-model.js';

const positive = z.number().check(z.positive());
const ropeType = z.nullish(z.literal('default', { error: "only the rope type 'default' is supported" }));

/**
 * Rotary settings; older configs have `rope_theta` and `rope_scaling` beside each other instead, and
 * the oldest call the type `type`.
 */
const rope = z.object({ rope_theta: z.nullish(positive), rope_type: ropeType, type: ropeType });

const schema = z.object({
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
  rope_theta: z.nullish(positive),
  rope_parameters: z.nullish(rope),
  rope_scaling: z.nullish(rope),
  attention_bias: optional(z.boolean(), false),
  mlp_bias: optional(z.boolean(), false),
  tie_word_embeddings: optional(z.boolean(), false),
});

interface LlamaConfig extends z.output<typeof schema> {
  heads: number;
  keyValueHeads: number;
  headDim: number;
  theta: number;
}

type Rotation = ReturnType<RotaryEmbedding['forward']>;

export class LlamaAttention extends Module {
  static override readonly typeName: string = 'LlamaAttention';
  static override readonly inputs = ['hiddenStates', 'rotation', 'mask'];
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly scale: number;

  constructor({ hidden_size, heads, keyValueHeads, headDim, attention_bias: bias }: LlamaConfig) {
    super();
    this.q_proj = new Linear(hidden_size, heads * headDim, { bias });
    this.k_proj = new Linear(hidden_size, keyValueHeads * headDim, { bias });
    this.v_proj = new Linear(hidden_size, keyValueHeads * headDim, { bias });
    this.o_proj = new Linear(heads * headDim, hidden_size, { bias });
    this.heads = heads;
    this.keyValueHeads = keyValueHeads;
    this.scale = 1 / Math.sqrt(headDim);
  }

  forward(hiddenStates: tf.Tensor, rotation: Rotation, mask: tf.Tensor2D): tf.Tensor {
    const queries = splitHeads(this.q_proj.apply(hiddenStates), this.heads);
    const keys = splitHeads(this.k_proj.apply(hiddenStates), this.keyValueHeads);
    const q = named('q', applyRotary(queries, rotation) as tf.Tensor4D);
    const k = named('k', applyRotary(keys, rotation) as tf.Tensor4D);
    const v = named('v', splitHeads(this.v_proj.apply(hiddenStates), this.keyValueHeads));
    const times = this.heads / this.keyValueHeads;
    const all = extendKeyValues({ k, v });
    const z = attend(q, repeatHeads(all.k, times), repeatHeads(all.v, times), mask, this.scale);
    return this.o_proj.apply(mergeHeads(z));
  }
}

/** The gated feed-forward layer SwiGLU (arXiv 2002.05202). */
export class LlamaMLP extends Module {
  static override readonly typeName: string = 'LlamaMLP';
  static override readonly inputs = ['hiddenStates'];
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;
  readonly act_fn: Activation;

  constructor({ hidden_size, intermediate_size, hidden_act, mlp_bias: bias }: LlamaConfig) {
    super();
    this.gate_proj = new Linear(hidden_size, intermediate_size, { bias });
    this.up_proj = new Linear(hidden_size, intermediate_size, { bias });
    this.down_proj = new Linear(intermediate_size, hidden_size, { bias });
    this.act_fn = activationNamed(hidden_act);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const gate = this.act_fn.apply(this.gate_proj.apply(hiddenStates));
    return this.down_proj.apply(gate.mul(this.up_proj.apply(hiddenStates)));
  }
}

export class LlamaDecoderLayer extends Module {
  static override readonly typeName: string = 'LlamaDecoderLayer';
  static override readonly inputs = ['hiddenStates', 'rotation', 'mask'];
  readonly input_layernorm: RMSNorm;
  readonly self_attn: LlamaAttention;
  readonly post_attention_layernorm: RMSNorm;
  readonly mlp: LlamaMLP;

  constructor(config: LlamaConfig) {
    super();
    const eps = config.rms_norm_eps;
    this.input_layernorm = new RMSNorm(config.hidden_size, { eps });
    this.self_attn = new LlamaAttention(config);
    this.post_attention_layernorm = new RMSNorm(config.hidden_size, { eps });
    this.mlp = new LlamaMLP(config);
  }

  forward(hiddenStates: tf.Tensor, rotation: Rotation, mask: tf.Tensor2D): tf.Tensor {
    const attended = this.self_attn.apply(this.input_layernorm.apply(hiddenStates), rotation, mask);
    const middle = hiddenStates.add(attended);
    return middle.add(this.mlp.apply(this.post_attention_layernorm.apply(middle)));
  }
}

export class LlamaModel extends Module {
  static override readonly typeName: string = 'LlamaModel';
  static override readonly inputs = ['inputIds'];
  readonly embed_tokens: Embedding;
  readonly rotary_emb: RotaryEmbedding;
  readonly layers: ModuleList<LlamaDecoderLayer>;
  readonly norm: RMSNorm;

  constructor(config: LlamaConfig) {
    super();
    this.embed_tokens = new Embedding(config.vocab_size, config.hidden_size);
    this.rotary_emb = new RotaryEmbedding(config.headDim, config.theta);
    this.layers = new ModuleList(
      Array.from({ length: config.num_hidden_layers }, () => new LlamaDecoderLayer(config)),
    );
    this.norm = new RMSNorm(config.hidden_size, { eps: config.rms_norm_eps });
  }

  forward(inputIds: tf.Tensor2D): tf.Tensor {
    const length = inputIds.shape[1];
    const start = pastLength();
    const mask = named('mask', causalMask(length, start));
    const rotation = start === 0 ? this.rotary_emb.apply(length) : this.rotary_emb.apply(length, start);
    let hiddenStates = this.embed_tokens.apply(inputIds);
    for (const layer of this.layers) hiddenStates = layer.apply(hiddenStates, rotation, mask);
    return this.norm.apply(hiddenStates);
  }
}

/** Llama (arXiv 2302.13971, 2307.09288) with the names of transformers' `LlamaForCausalLM`. */
export class LlamaForCausalLM extends LanguageModel {
  static override readonly typeName: string = 'LlamaForCausalLM';
  readonly model: LlamaModel;
  readonly lm_head: Linear;
  readonly contextLength: number;
  readonly vocabularySize: number;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const fields = llamaConfig(config);
    this.contextLength = fields.max_position_embeddings;
    this.vocabularySize = fields.vocab_size;
    this.model = new LlamaModel(fields);
    this.lm_head = new Linear(fields.hidden_size, fields.vocab_size, { bias: false });
    if (fields.tie_word_embeddings) this.lm_head.tie(this.model.embed_tokens.weight);
  }

  forward(inputIds: tf.Tensor2D, past?: readonly KeyValues[]): LanguageModelOutput {
    if (past !== undefined) return withKeyValues(past, () => this.forward(inputIds));
    return { logits: this.lm_head.apply(this.model.apply(inputIds)) as tf.Tensor3D };
  }
}

function llamaConfig(config: Config): LlamaConfig {
  const fields = readConfig(schema, config);
  const heads = fields.num_attention_heads;
  const keyValueHeads = fields.num_key_value_heads ?? heads;
  if (heads % keyValueHeads !== 0) {
    throw new CheckpointError(
      `config.json: num_attention_heads (${heads}) is no multiple of num_key_value_heads (${keyValueHeads}).`,
    );
  }
  const headDim = fields.head_dim ?? fields.hidden_size / heads;
  if (!Number.isInteger(headDim / 2)) {
    throw new CheckpointError(
      `config.json: a head is ${headDim} wide; rotary embeddings need an even whole number.`,
    );
  }
  const theta = fields.rope_parameters?.rope_theta ?? fields.rope_theta ?? 10000;
  return { ...fields, heads, keyValueHeads, headDim, theta };
}

/** The name here of a key in a Llama checkpoint, or null for one that is computed. */
export function llamaKey(key: string): string | null {
  return key.endsWith('rotary_emb.inv_freq') ? null : key;
}
