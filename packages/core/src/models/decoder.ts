import type * as tf from '@tensorflow/tfjs';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { causalMask } from '../nn/attention.js';
import { Embedding } from '../nn/embedding.js';
import { FusedGatedMLP, GatedMLP, type GatedMLPOptions } from '../nn/gated-mlp.js';
import {
  FusedGroupedQueryAttention,
  GroupedQueryAttention,
  type GroupedQueryAttentionOptions,
} from '../nn/grouped-query-attention.js';
import { type KeyValues, pastLength, withKeyValues } from '../nn/key-values.js';
import { Linear } from '../nn/linear.js';
import { RMSNorm } from '../nn/norm.js';
import type { RopeSettings } from '../nn/rope.js';
import { RotaryEmbedding, type Rotation } from '../nn/rotary.js';
import { decoderLayout, hookNames } from './hook-names.js';
import { LanguageModel, type LanguageModelOutput } from './language-model.js';

/** What a decoder in Llama's shape is made of, in terms that its variants share. */
export interface DecoderSettings
  extends Omit<GroupedQueryAttentionOptions, 'norm'>,
    Omit<GatedMLPOptions, 'bias'> {
  readonly vocabularySize: number;
  /** Longest input, in positions. */
  readonly contextLength: number;
  readonly normEpsilon: number;
  /** How many dimensions of each head the rotary embedding turns, and how. */
  readonly rotary: { readonly dim: number; readonly rope: RopeSettings };
  readonly mlpBias: boolean;
  /** True where matrices with the same input are one: queries, keys and values; gate and what it gates. */
  readonly isFused: boolean;
  /** True where queries and keys go through a norm head by head. */
  readonly hasHeadNorms: boolean;
  /** For each layer, how many positions a query sees at most; null for all. */
  readonly windows: readonly (number | null)[];
  /** True where the unembedding is the embedding. */
  readonly isTied: boolean;
}

/** A block: attention and a gated feed-forward layer, each after a norm. Names the node `resid_mid`. */
export class DecoderLayer extends Module {
  static override readonly typeName: string = 'DecoderLayer';
  static override readonly inputs = ['hiddenStates', 'rotation', 'mask'];
  readonly input_layernorm: RMSNorm;
  readonly self_attn: GroupedQueryAttention | FusedGroupedQueryAttention;
  readonly post_attention_layernorm: RMSNorm;
  readonly mlp: GatedMLP | FusedGatedMLP;

  constructor(settings: DecoderSettings) {
    super();
    const { hiddenSize, headDim, normEpsilon: eps, hasHeadNorms, mlpBias: bias, isFused } = settings;
    const Attention = isFused ? FusedGroupedQueryAttention : GroupedQueryAttention;
    const FeedForward = isFused ? FusedGatedMLP : GatedMLP;
    this.input_layernorm = new RMSNorm(hiddenSize, { eps });
    this.self_attn = new Attention({
      ...settings,
      ...(hasHeadNorms && { norm: () => new RMSNorm(headDim, { eps }) }),
    });
    this.post_attention_layernorm = new RMSNorm(hiddenSize, { eps });
    this.mlp = new FeedForward({ ...settings, bias });
  }

  forward(hiddenStates: tf.Tensor, rotation: Rotation, mask: tf.Tensor): tf.Tensor {
    const attended = this.self_attn.apply(this.input_layernorm.apply(hiddenStates), rotation, mask);
    const middle = named('resid_mid', hiddenStates.add(attended));
    return middle.add(this.mlp.apply(this.post_attention_layernorm.apply(middle)));
  }
}

/** The decoder without its unembedding: the last residual stream after the final norm. */
export class DecoderModel extends Module {
  static override readonly typeName: string = 'DecoderModel';
  static override readonly inputs = ['inputIds', 'attentionMask'];
  readonly embed_tokens: Embedding;
  readonly rotary_emb: RotaryEmbedding;
  readonly layers: ModuleList<DecoderLayer>;
  readonly norm: RMSNorm;
  private readonly windows: readonly (number | null)[];

  constructor(settings: DecoderSettings) {
    super();
    const { vocabularySize, hiddenSize, rotary, windows, normEpsilon: eps } = settings;
    this.embed_tokens = new Embedding(vocabularySize, hiddenSize);
    this.rotary_emb = new RotaryEmbedding(rotary.dim, rotary.rope);
    this.layers = new ModuleList(windows.map(() => new DecoderLayer(settings)));
    this.norm = new RMSNorm(hiddenSize, { eps });
    this.windows = windows;
  }

  forward(inputIds: tf.Tensor2D, attentionMask: tf.Tensor2D | null = null): tf.Tensor {
    const length = inputIds.shape[1];
    const start = pastLength();
    const masks = layerMasks(this.windows, inputIds.shape, start, attentionMask);
    const rotation = start === 0 ? this.rotary_emb.apply(length) : this.rotary_emb.apply(length, start);
    let hiddenStates = this.embed_tokens.apply(inputIds);
    for (const [at, layer] of [...this.layers].entries())
      hiddenStates = layer.apply(hiddenStates, rotation, masks[at] as tf.Tensor);
    return this.norm.apply(hiddenStates);
  }
}

/**
 * The mask of each layer, made once for each kind: the node `mask` for layers that see all positions before,
 * `sliding_mask` for those with a window. @throws InputError for padding of another shape
 */
export function layerMasks(
  windows: readonly (number | null)[],
  shape: readonly [batch: number, length: number],
  start: number,
  padding: tf.Tensor2D | null,
): tf.Tensor[] {
  const made = new Map<number | null, tf.Tensor>();
  return windows.map((window) => {
    const mask =
      made.get(window) ??
      named(window === null ? 'mask' : 'sliding_mask', causalMask(shape, { start, window, padding }));
    made.set(window, mask);
    return mask;
  });
}

/** A causal language model in Llama's shape, with the names of transformers. */
export abstract class DecoderForCausalLM extends LanguageModel {
  readonly model: DecoderModel;
  readonly lm_head: Linear;
  readonly contextLength: number;
  readonly vocabularySize: number;

  protected constructor(settings: DecoderSettings) {
    super();
    this.contextLength = settings.contextLength;
    this.vocabularySize = settings.vocabularySize;
    this.model = new DecoderModel(settings);
    this.lm_head = new Linear(settings.hiddenSize, settings.vocabularySize, { bias: false });
    if (settings.isTied) this.lm_head.tie(this.model.embed_tokens.weight);
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    past: readonly KeyValues[] | null = null,
  ): LanguageModelOutput {
    // Where positions turn by the input's length, kept keys would be wrong.
    if (past !== null && !this.model.rotary_emb.dependsOnLength())
      return withKeyValues(past, () => this.forward(inputIds, attentionMask));
    const hiddenStates = this.model.apply(inputIds, attentionMask);
    return { logits: this.lm_head.apply(hiddenStates) as tf.Tensor3D };
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    return hookNames(decoderLayout(this.model.layers.length));
  }
}
