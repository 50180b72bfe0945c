import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed } from '../nn/activations.js';
import { causalMask } from '../nn/attention.js';
import { Embedding } from '../nn/embedding.js';
import { type KeyValues, pastLength, withKeyValues } from '../nn/key-values.js';
import { Linear } from '../nn/linear.js';
import { MultiHeadAttention } from '../nn/multi-head-attention.js';
import { LayerNorm } from '../nn/norm.js';
import { activation, type Config, checkMultiple, layerCount, optional, readConfig, size } from './config.js';
import { attentionHooks, hookNames, UNEMBED_HOOKS } from './hook-names.js';
import { LanguageModel, type LanguageModelOutput } from './language-model.js';

/** Positions are counted from here: the rows before are for padding. */
const FIRST_POSITION = 2;

const schema = z.object({
  vocab_size: size,
  max_position_embeddings: size,
  hidden_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  ffn_dim: size,
  word_embed_proj_dim: z.nullish(size),
  do_layer_norm_before: optional(z.boolean(), true),
  _remove_final_layer_norm: optional(z.boolean(), false),
  activation_function: optional(activation, 'relu'),
  enable_bias: optional(z.boolean(), true),
  layer_norm_elementwise_affine: optional(z.boolean(), true),
  tie_word_embeddings: optional(z.boolean(), true),
});
type OPTConfig = z.output<typeof schema>;

function layerNorm({ hidden_size, layer_norm_elementwise_affine: elementwiseAffine }: OPTConfig): LayerNorm {
  return new LayerNorm(hidden_size, { elementwiseAffine });
}

/**
 * A block, with its norms before attention and feed-forward layer, or else after what they are added to. Names the
 * nodes `resid_mid`, `pre` and `post`; with norms after, also `resid_post`: both streams before they are normalized.
 */
export class OPTDecoderLayer extends Module {
  static override readonly typeName: string = 'OPTDecoderLayer';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly self_attn: MultiHeadAttention;
  readonly activation_fn: Activation;
  readonly self_attn_layer_norm: LayerNorm;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly final_layer_norm: LayerNorm;
  readonly isNormedBefore: boolean;

  constructor(config: OPTConfig) {
    super();
    const { hidden_size: hiddenSize, num_attention_heads: heads, enable_bias: bias } = config;
    this.self_attn = new MultiHeadAttention({ hiddenSize, heads, inputBias: bias, outputBias: bias });
    this.activation_fn = activationNamed(config.activation_function);
    this.self_attn_layer_norm = layerNorm(config);
    this.fc1 = new Linear(hiddenSize, config.ffn_dim, { bias });
    this.fc2 = new Linear(config.ffn_dim, hiddenSize, { bias });
    this.final_layer_norm = layerNorm(config);
    this.isNormedBefore = config.do_layer_norm_before;
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const { self_attn: attention, self_attn_layer_norm: first, final_layer_norm: second } = this;
    if (this.isNormedBefore) {
      const attended = attention.apply(first.apply(hiddenStates), mask);
      const middle = named('resid_mid', hiddenStates.add(attended));
      return middle.add(this.feedForward(second.apply(middle)));
    }
    const attended = attention.apply(hiddenStates, mask);
    const middle = first.apply(named('resid_mid', hiddenStates.add(attended)));
    return second.apply(named('resid_post', middle.add(this.feedForward(middle))));
  }

  private feedForward(x: tf.Tensor): tf.Tensor {
    const pre = named('pre', this.fc1.apply(x));
    return this.fc2.apply(named('post', this.activation_fn.apply(pre)));
  }
}

export class OPTDecoder extends Module {
  static override readonly typeName: string = 'OPTDecoder';
  static override readonly inputs = ['inputIds', 'attentionMask'];
  readonly embed_tokens: Embedding;
  readonly embed_positions: Embedding;
  readonly project_out: Linear | null;
  readonly project_in: Linear | null;
  readonly final_layer_norm: LayerNorm | null;
  readonly layers: ModuleList<OPTDecoderLayer>;

  constructor(config: OPTConfig) {
    super();
    const { hidden_size: width, word_embed_proj_dim } = config;
    const wordWidth = word_embed_proj_dim ?? width;
    const isProjected = wordWidth !== width;
    this.embed_tokens = new Embedding(config.vocab_size, wordWidth);
    this.embed_positions = new Embedding(config.max_position_embeddings + FIRST_POSITION, width);
    this.project_out = isProjected ? new Linear(width, wordWidth, { bias: false }) : null;
    this.project_in = isProjected ? new Linear(wordWidth, width, { bias: false }) : null;
    const isNormedLast = config.do_layer_norm_before && !config._remove_final_layer_norm;
    this.final_layer_norm = isNormedLast ? layerNorm(config) : null;
    this.layers = new ModuleList(
      Array.from({ length: config.num_hidden_layers }, () => new OPTDecoderLayer(config)),
    );
  }

  forward(inputIds: tf.Tensor2D, attentionMask: tf.Tensor2D | null = null): tf.Tensor {
    const length = inputIds.shape[1];
    const start = pastLength();
    const mask = named('mask', causalMask(inputIds.shape, { start, padding: attentionMask }));
    const positions = named('positions', positionsOf(length, start, attentionMask));
    const words = this.embed_tokens.apply(inputIds);
    const tokens = this.project_in?.apply(words) ?? words;
    let hiddenStates = tokens.add(this.embed_positions.apply(positions));
    for (const layer of this.layers) hiddenStates = layer.apply(hiddenStates, mask);
    const normed = this.final_layer_norm?.apply(hiddenStates) ?? hiddenStates;
    return this.project_out?.apply(normed) ?? normed;
  }
}

/** Rows of the position table, int32 `[position]` or `[batch, position]`: padding does not count. */
function positionsOf(length: number, start: number, attentionMask: tf.Tensor2D | null): tf.Tensor {
  if (attentionMask === null)
    return tf.range(start + FIRST_POSITION, start + length + FIRST_POSITION, 1, 'int32');
  const real = attentionMask.notEqual(tf.zerosLike(attentionMask)).toFloat();
  const counted = real
    .cumsum(1)
    .mul(real)
    .add(FIRST_POSITION - 1);
  return counted.slice([0, start], [-1, length]).toInt();
}

export class OPTModel extends Module {
  static override readonly typeName: string = 'OPTModel';
  static override readonly inputs = ['inputIds', 'attentionMask'];
  readonly decoder: OPTDecoder;

  constructor(config: OPTConfig) {
    super();
    this.decoder = new OPTDecoder(config);
  }

  forward(inputIds: tf.Tensor2D, attentionMask: tf.Tensor2D | null = null): tf.Tensor {
    return this.decoder.apply(inputIds, attentionMask);
  }
}

/** OPT (arXiv 2205.01068) with the names of transformers' `OPTForCausalLM`. */
export class OPTForCausalLM extends LanguageModel {
  static override readonly typeName: string = 'OPTForCausalLM';
  readonly model: OPTModel;
  readonly lm_head: Linear;
  readonly contextLength: number;
  readonly vocabularySize: number;
  private readonly isNormedBefore: boolean;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const fields = readConfig(schema, config);
    checkMultiple(fields, 'hidden_size', 'num_attention_heads');
    this.contextLength = fields.max_position_embeddings;
    this.vocabularySize = fields.vocab_size;
    this.isNormedBefore = fields.do_layer_norm_before;
    this.model = new OPTModel(fields);
    const wordWidth = fields.word_embed_proj_dim ?? fields.hidden_size;
    this.lm_head = new Linear(wordWidth, fields.vocab_size, { bias: false });
    if (fields.tie_word_embeddings) this.lm_head.tie(this.model.decoder.embed_tokens.weight);
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    past: readonly KeyValues[] | null = null,
  ): LanguageModelOutput {
    if (past !== null) return withKeyValues(past, () => this.forward(inputIds, attentionMask));
    const hiddenStates = this.model.apply(inputIds, attentionMask);
    return { logits: this.lm_head.apply(hiddenStates) as tf.Tensor3D };
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    return hookNames({
      layers: this.model.decoder.layers.length,
      model: {
        hook_embed: 'model.decoder.embed_tokens.output',
        hook_pos_embed: 'model.decoder.embed_positions.output',
        'ln_final.hook_normalized': 'model.decoder.final_layer_norm.mul',
        ...UNEMBED_HOOKS,
      },
      block: 'model.decoder.layers_{l}',
      inBlock: {
        hook_resid_pre: 'hiddenStates',
        'ln1.hook_normalized': 'self_attn_layer_norm.mul',
        ...attentionHooks('self_attn'),
        hook_attn_out: 'self_attn.output',
        hook_resid_mid: 'resid_mid',
        hook_mlp_in: this.isNormedBefore ? 'final_layer_norm.input' : 'self_attn_layer_norm.input',
        'ln2.hook_normalized': 'final_layer_norm.mul',
        'mlp.hook_pre': 'pre',
        'mlp.hook_post': 'post',
        hook_mlp_out: 'fc2.output',
        hook_resid_post: this.isNormedBefore ? 'output' : 'resid_post',
      },
    });
  }
}

/**
 * The name here of a key in an OPT checkpoint, or null for the version of its format. Those without a head have no
 * `model.` in front.
 */
export function optKey(key: string): string | null {
  if (/^(?:model\.)?decoder\.version$/.test(key)) return null;
  return /^(?:model|lm_head)\./.test(key) ? key : `model.${key}`;
}
