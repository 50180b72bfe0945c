import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed } from '../nn/activations.js';
import { attend, causalMask, mergeHeads, splitHeads } from '../nn/attention.js';
import { Embedding } from '../nn/embedding.js';
import { extendKeyValues, type KeyValues, pastLength, withKeyValues } from '../nn/key-values.js';
import { Linear } from '../nn/linear.js';
import { LayerNorm } from '../nn/norm.js';
import { applyRotary, RotaryEmbedding, type Rotation } from '../nn/rotary.js';
import { activation, type Config, checkMultiple, layerCount, optional, readConfig, size } from './config.js';
import { blockHooks, hookNames, UNEMBED_HOOKS } from './hook-names.js';
import { LanguageModel, type LanguageModelOutput } from './language-model.js';
import { contextOf, ropeFields, ropeOf } from './rope-config.js';

const schema = z.object({
  ...ropeFields,
  vocab_size: size,
  max_position_embeddings: size,
  hidden_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  intermediate_size: size,
  hidden_act: optional(activation, 'gelu'),
  layer_norm_eps: optional(z.number().check(z.nonnegative()), 1e-5),
  use_parallel_residual: optional(z.boolean(), true),
  attention_bias: optional(z.boolean(), true),
  tie_word_embeddings: optional(z.boolean(), false),
  // Where configs have these two, they have no rope_parameters.
  rotary_pct: optional(z.number().check(z.positive()), 0.25),
  rotary_emb_base: optional(z.number().check(z.positive()), 10000),
});
type GPTNeoXConfig = z.output<typeof schema>;

export class GPTNeoXAttention extends Module {
  static override readonly typeName: string = 'GPTNeoXAttention';
  static override readonly inputs = ['hiddenStates', 'rotation', 'mask'];
  readonly query_key_value: Linear;
  readonly dense: Linear;
  readonly heads: number;
  readonly scale: number;

  constructor({ hidden_size, num_attention_heads: heads, attention_bias: bias }: GPTNeoXConfig) {
    super();
    this.query_key_value = new Linear(hidden_size, 3 * hidden_size, { bias });
    this.dense = new Linear(hidden_size, hidden_size, { bias });
    this.heads = heads;
    this.scale = 1 / Math.sqrt(hidden_size / heads);
  }

  forward(hiddenStates: tf.Tensor, rotation: Rotation, mask: tf.Tensor): tf.Tensor {
    // Each head has its query, key and value side by side.
    const joined = splitHeads(this.query_key_value.apply(hiddenStates), this.heads);
    const [query, key, value] = tf.split(joined, 3, -1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const q = named('q', query);
    const k = named('k', key);
    const v = named('v', value);
    const rotQ = named('rot_q', applyRotary(q, rotation));
    const rotK = named('rot_k', applyRotary(k, rotation));
    const all = extendKeyValues({ k: rotK, v });
    const z = attend(rotQ, all.k, all.v, mask, { scale: this.scale });
    return this.dense.apply(mergeHeads(z));
  }
}

export class GPTNeoXMLP extends Module {
  static override readonly typeName: string = 'GPTNeoXMLP';
  static override readonly inputs = ['hiddenStates'];
  readonly dense_h_to_4h: Linear;
  readonly dense_4h_to_h: Linear;
  readonly act: Activation;

  constructor({ hidden_size, intermediate_size, hidden_act }: GPTNeoXConfig) {
    super();
    this.dense_h_to_4h = new Linear(hidden_size, intermediate_size);
    this.dense_4h_to_h = new Linear(intermediate_size, hidden_size);
    this.act = activationNamed(hidden_act);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const pre = named('pre', this.dense_h_to_4h.apply(hiddenStates));
    return this.dense_4h_to_h.apply(named('post', this.act.apply(pre)));
  }
}

/** A block. Its feed-forward layer reads what its attention read, or else what that left: the node `resid_mid`. */
export class GPTNeoXLayer extends Module {
  static override readonly typeName: string = 'GPTNeoXLayer';
  static override readonly inputs = ['hiddenStates', 'rotation', 'mask'];
  readonly input_layernorm: LayerNorm;
  readonly post_attention_layernorm: LayerNorm;
  readonly attention: GPTNeoXAttention;
  readonly mlp: GPTNeoXMLP;
  readonly isParallel: boolean;

  constructor(config: GPTNeoXConfig) {
    super();
    const eps = config.layer_norm_eps;
    this.input_layernorm = new LayerNorm(config.hidden_size, { eps });
    this.post_attention_layernorm = new LayerNorm(config.hidden_size, { eps });
    this.attention = new GPTNeoXAttention(config);
    this.mlp = new GPTNeoXMLP(config);
    this.isParallel = config.use_parallel_residual;
  }

  forward(hiddenStates: tf.Tensor, rotation: Rotation, mask: tf.Tensor): tf.Tensor {
    const attended = this.attention.apply(this.input_layernorm.apply(hiddenStates), rotation, mask);
    if (this.isParallel) {
      const computed = this.mlp.apply(this.post_attention_layernorm.apply(hiddenStates));
      return hiddenStates.add(attended).add(computed);
    }
    const middle = named('resid_mid', hiddenStates.add(attended));
    return middle.add(this.mlp.apply(this.post_attention_layernorm.apply(middle)));
  }
}

export class GPTNeoXModel extends Module {
  static override readonly typeName: string = 'GPTNeoXModel';
  static override readonly inputs = ['inputIds', 'attentionMask'];
  readonly embed_in: Embedding;
  readonly rotary_emb: RotaryEmbedding;
  readonly layers: ModuleList<GPTNeoXLayer>;
  readonly final_layer_norm: LayerNorm;

  constructor(config: GPTNeoXConfig, { dim, rope }: ReturnType<typeof ropeOf>) {
    super();
    this.embed_in = new Embedding(config.vocab_size, config.hidden_size);
    this.rotary_emb = new RotaryEmbedding(dim, rope);
    this.layers = new ModuleList(
      Array.from({ length: config.num_hidden_layers }, () => new GPTNeoXLayer(config)),
    );
    this.final_layer_norm = new LayerNorm(config.hidden_size, { eps: config.layer_norm_eps });
  }

  forward(inputIds: tf.Tensor2D, attentionMask: tf.Tensor2D | null = null): tf.Tensor {
    const length = inputIds.shape[1];
    const start = pastLength();
    const mask = named('mask', causalMask(inputIds.shape, { start, padding: attentionMask }));
    const rotation = start === 0 ? this.rotary_emb.apply(length) : this.rotary_emb.apply(length, start);
    let hiddenStates = this.embed_in.apply(inputIds);
    for (const layer of this.layers) hiddenStates = layer.apply(hiddenStates, rotation, mask);
    return this.final_layer_norm.apply(hiddenStates);
  }
}

/** GPT-NeoX (arXiv 2204.06745), such as Pythia, with the names of transformers' `GPTNeoXForCausalLM`. */
export class GPTNeoXForCausalLM extends LanguageModel {
  static override readonly typeName: string = 'GPTNeoXForCausalLM';
  readonly gpt_neox: GPTNeoXModel;
  readonly lm_head: Linear;
  readonly contextLength: number;
  readonly vocabularySize: number;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const fields = readConfig(schema, config);
    checkMultiple(fields, 'hidden_size', 'num_attention_heads');
    const { hidden_size, vocab_size, max_position_embeddings: positions } = fields;
    const rotary = ropeOf(
      { ...fields, rope_theta: fields.rotary_emb_base, partial_rotary_factor: fields.rotary_pct },
      { headDim: hidden_size / fields.num_attention_heads, contextLength: positions },
    );
    this.contextLength = contextOf(positions, rotary.rope);
    this.vocabularySize = vocab_size;
    this.gpt_neox = new GPTNeoXModel(fields, rotary);
    this.lm_head = new Linear(hidden_size, vocab_size, { bias: false });
    if (fields.tie_word_embeddings) this.lm_head.tie(this.gpt_neox.embed_in.weight);
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    past: readonly KeyValues[] | null = null,
  ): LanguageModelOutput {
    if (past !== null && !this.gpt_neox.rotary_emb.dependsOnLength())
      return withKeyValues(past, () => this.forward(inputIds, attentionMask));
    const hiddenStates = this.gpt_neox.apply(inputIds, attentionMask);
    return { logits: this.lm_head.apply(hiddenStates) as tf.Tensor3D };
  }

  /** Parallel blocks have no stream between attention and feed-forward layer. */
  override nodeAliases(): ReadonlyMap<string, string> {
    return hookNames({
      layers: this.gpt_neox.layers.length,
      model: {
        hook_embed: 'gpt_neox.embed_in.output',
        'ln_final.hook_normalized': 'gpt_neox.final_layer_norm.mul',
        ...UNEMBED_HOOKS,
      },
      block: 'gpt_neox.layers_{l}',
      inBlock: blockHooks({
        attention: 'attention',
        mlp: 'mlp',
        norms: ['input_layernorm', 'post_attention_layernorm'],
        isRotary: true,
        isGated: false,
      }),
    });
  }
}

/** The name here of a key in a GPT-NeoX checkpoint, or null for one that is no weight. */
export function gptNeoXKey(key: string): string | null {
  if (/\.attention\.(?:masked_)?bias$|rotary_emb\.inv_freq$/.test(key)) return null;
  const current = key.replace(/^embed_out\./, 'lm_head.');
  return /^(?:gpt_neox|lm_head)\./.test(current) ? current : `gpt_neox.${current}`;
}
