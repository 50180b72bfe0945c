import type * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { capped } from '../nn/attention.js';
import { Embedding } from '../nn/embedding.js';
import { GatedMLP } from '../nn/gated-mlp.js';
import { GroupedQueryAttention } from '../nn/grouped-query-attention.js';
import { type KeyValues, pastLength, withKeyValues } from '../nn/key-values.js';
import { Linear } from '../nn/linear.js';
import { GemmaRMSNorm } from '../nn/norm.js';
import { RotaryEmbedding, type Rotation } from '../nn/rotary.js';
import { activation, checkMultiple, layerCount, optional, size } from './config.js';
import { type DecoderSettings, layerMasks } from './decoder.js';
import { blockHooks, hookNames, UNEMBED_HOOKS } from './hook-names.js';
import { LanguageModel, type LanguageModelOutput } from './language-model.js';

const positive = z.number().check(z.positive());

/** The fields that configs of Gemma 2 and 3 share; null turns a soft cap off. */
export const gemmaFields = {
  vocab_size: size,
  max_position_embeddings: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  num_key_value_heads: size,
  head_dim: optional(size, 256),
  hidden_activation: optional(activation, 'gelu_pytorch_tanh'),
  rms_norm_eps: optional(z.number().check(z.nonnegative()), 1e-6),
  attention_bias: optional(z.boolean(), false),
  query_pre_attn_scalar: optional(positive, 256),
  sliding_window: optional(size, 4096),
  layer_types: z.nullish(z.array(z.enum(['sliding_attention', 'full_attention']))),
  final_logit_softcapping: z.optional(z.nullable(positive)),
  use_bidirectional_attention: optional(
    z.literal(false, { error: 'only causal attention is supported' }),
    false,
  ),
  tie_word_embeddings: optional(z.boolean(), true),
};
const shared = z.object(gemmaFields);
type GemmaFields = z.output<typeof shared>;

/** How far and by which angles a layer sees. */
export type GemmaLayerType = 'sliding_attention' | 'full_attention';

/** What a Gemma 2 or 3 is made of. */
export interface GemmaSettings extends Omit<DecoderSettings, 'rotary' | 'mlpBias' | 'isFused'> {
  readonly layerTypes: readonly GemmaLayerType[];
  readonly rotary: Readonly<Record<GemmaLayerType, DecoderSettings['rotary']>>;
  /** Logits are pressed into ± it; null for none. */
  readonly finalSoftCap: number | null;
}

/**
 * What the shared fields say. Every `period`-th layer sees all positions, where the config does not list its layers.
 * @throws CheckpointError for sizes that do not fit each other
 */
export function gemmaSettings(
  fields: GemmaFields,
  period: number,
): Omit<GemmaSettings, 'rotary' | 'finalSoftCap' | 'hasHeadNorms'> {
  checkMultiple(fields, 'num_attention_heads', 'num_key_value_heads');
  const { num_hidden_layers: count } = fields;
  const layerTypes =
    fields.layer_types ??
    Array.from({ length: count }, (_, layer) =>
      (layer + 1) % period === 0 ? 'full_attention' : 'sliding_attention',
    );
  if (layerTypes.length !== count) {
    throw new CheckpointError(
      `config.json: layer_types lists ${layerTypes.length} layers, num_hidden_layers says ${count}.`,
    );
  }
  return {
    vocabularySize: fields.vocab_size,
    contextLength: fields.max_position_embeddings,
    hiddenSize: fields.hidden_size,
    intermediateSize: fields.intermediate_size,
    activation: fields.hidden_activation,
    normEpsilon: fields.rms_norm_eps,
    heads: fields.num_attention_heads,
    keyValueHeads: fields.num_key_value_heads,
    headDim: fields.head_dim,
    inputBias: fields.attention_bias,
    outputBias: fields.attention_bias,
    scale: 1 / Math.sqrt(fields.query_pre_attn_scalar),
    layerTypes,
    windows: layerTypes.map((type) => (type === 'full_attention' ? null : fields.sliding_window)),
    isTied: fields.tie_word_embeddings,
  };
}

/** An embedding whose rows are multiplied with √width. */
class GemmaScaledEmbedding extends Embedding {
  static override readonly typeName: string = 'GemmaScaledEmbedding';
  readonly scale: number;

  constructor(num: number, dim: number) {
    super(num, dim);
    // As transformers has it with float32 weights; with others it rounds the scale to their type.
    this.scale = Math.fround(Math.sqrt(dim));
  }

  override forward(input: tf.Tensor): tf.Tensor {
    return super.forward(input).mul(this.scale);
  }
}

/** A block with norms before and after attention and the feed-forward layer. Names the node `resid_mid`. */
class GemmaDecoderLayer extends Module {
  static override readonly typeName: string = 'GemmaDecoderLayer';
  static override readonly inputs = ['hiddenStates', 'rotation', 'mask'];
  readonly input_layernorm: GemmaRMSNorm;
  readonly self_attn: GroupedQueryAttention;
  readonly post_attention_layernorm: GemmaRMSNorm;
  readonly pre_feedforward_layernorm: GemmaRMSNorm;
  readonly mlp: GatedMLP;
  readonly post_feedforward_layernorm: GemmaRMSNorm;

  constructor(settings: GemmaSettings) {
    super();
    const { hiddenSize, headDim, normEpsilon: eps, hasHeadNorms } = settings;
    this.input_layernorm = new GemmaRMSNorm(hiddenSize, { eps });
    this.self_attn = new GroupedQueryAttention({
      ...settings,
      ...(hasHeadNorms && { norm: () => new GemmaRMSNorm(headDim, { eps }) }),
    });
    this.post_attention_layernorm = new GemmaRMSNorm(hiddenSize, { eps });
    this.pre_feedforward_layernorm = new GemmaRMSNorm(hiddenSize, { eps });
    this.mlp = new GatedMLP(settings);
    this.post_feedforward_layernorm = new GemmaRMSNorm(hiddenSize, { eps });
  }

  forward(hiddenStates: tf.Tensor, rotation: Rotation, mask: tf.Tensor): tf.Tensor {
    const attended = this.self_attn.apply(this.input_layernorm.apply(hiddenStates), rotation, mask);
    const middle = named('resid_mid', hiddenStates.add(this.post_attention_layernorm.apply(attended)));
    const fed = this.mlp.apply(this.pre_feedforward_layernorm.apply(middle));
    return middle.add(this.post_feedforward_layernorm.apply(fed));
  }
}

/** The decoder without its unembedding: the last residual stream after the final norm. */
class GemmaModel extends Module {
  static override readonly typeName: string = 'GemmaModel';
  static override readonly inputs = ['inputIds', 'attentionMask'];
  readonly embed_tokens: GemmaScaledEmbedding;
  readonly layers: ModuleList<GemmaDecoderLayer>;
  readonly norm: GemmaRMSNorm;
  readonly rotary_emb: RotaryEmbedding;
  readonly rotary_emb_local: RotaryEmbedding;
  private readonly settings: Pick<GemmaSettings, 'windows' | 'layerTypes'>;

  constructor(settings: GemmaSettings) {
    super();
    const { vocabularySize, hiddenSize, rotary, windows, layerTypes, normEpsilon: eps } = settings;
    this.embed_tokens = new GemmaScaledEmbedding(vocabularySize, hiddenSize);
    this.layers = new ModuleList(windows.map(() => new GemmaDecoderLayer(settings)));
    this.norm = new GemmaRMSNorm(hiddenSize, { eps });
    const { full_attention: full, sliding_attention: sliding } = rotary;
    this.rotary_emb = new RotaryEmbedding(full.dim, full.rope);
    // One module under two names where both kinds of layers turn alike.
    this.rotary_emb_local =
      sliding === full ? this.rotary_emb : new RotaryEmbedding(sliding.dim, sliding.rope);
    this.settings = { windows, layerTypes };
  }

  /** Whether keys that were kept are wrong for a longer input. */
  dependsOnLength(): boolean {
    return this.rotary_emb.dependsOnLength() || this.rotary_emb_local.dependsOnLength();
  }

  forward(inputIds: tf.Tensor2D, attentionMask: tf.Tensor2D | null = null): tf.Tensor {
    const length = inputIds.shape[1];
    const start = pastLength();
    const { windows, layerTypes } = this.settings;
    const masks = layerMasks(windows, inputIds.shape, start, attentionMask);
    const rotations = this.rotations(length, start);
    let hiddenStates = this.embed_tokens.apply(inputIds);
    for (const [at, layer] of [...this.layers].entries()) {
      const rotation = rotations[layerTypes[at] as GemmaLayerType];
      hiddenStates = layer.apply(hiddenStates, rotation, masks[at] as tf.Tensor);
    }
    return this.norm.apply(hiddenStates);
  }

  private rotations(length: number, start: number): Record<GemmaLayerType, Rotation> {
    const table = (module: RotaryEmbedding) =>
      start === 0 ? module.apply(length) : module.apply(length, start);
    const full = table(this.rotary_emb);
    const sliding = this.rotary_emb_local === this.rotary_emb ? full : table(this.rotary_emb_local);
    return { full_attention: full, sliding_attention: sliding };
  }
}

/** A causal language model in the shape of Gemma 2 and 3, with the names of transformers. */
export abstract class GemmaForCausalLM extends LanguageModel {
  readonly model: GemmaModel;
  readonly lm_head: Linear;
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly finalSoftCap: number | null;

  protected constructor(settings: GemmaSettings) {
    super();
    this.contextLength = settings.contextLength;
    this.vocabularySize = settings.vocabularySize;
    this.finalSoftCap = settings.finalSoftCap;
    this.model = new GemmaModel(settings);
    this.lm_head = new Linear(settings.hiddenSize, settings.vocabularySize, { bias: false });
    if (settings.isTied) this.lm_head.tie(this.model.embed_tokens.weight);
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    past: readonly KeyValues[] | null = null,
  ): LanguageModelOutput {
    if (past !== null && !this.model.dependsOnLength())
      return withKeyValues(past, () => this.forward(inputIds, attentionMask));
    const logits = this.lm_head.apply(this.model.apply(inputIds, attentionMask)) as tf.Tensor3D;
    return { logits: capped(logits, this.finalSoftCap) };
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    return hookNames({
      layers: this.model.layers.length,
      model: {
        hook_embed: 'model.embed_tokens.output',
        'ln_final.hook_normalized': 'model.norm.mul',
        ...UNEMBED_HOOKS,
      },
      block: 'model.layers_{l}',
      inBlock: {
        ...blockHooks({
          attention: 'self_attn',
          mlp: 'mlp',
          norms: ['input_layernorm', 'pre_feedforward_layernorm'],
          isRotary: true,
          isGated: true,
        }),
        // What is added to the residual stream.
        'ln1_post.hook_normalized': 'post_attention_layernorm.mul',
        hook_attn_out: 'post_attention_layernorm.output',
        'ln2_post.hook_normalized': 'post_feedforward_layernorm.mul',
        hook_mlp_out: 'post_feedforward_layernorm.output',
      },
    });
  }
}
