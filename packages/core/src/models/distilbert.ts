import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { InputError } from '../errors.js';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed } from '../nn/activations.js';
import { attend, mergeHeads, splitHeads } from '../nn/attention.js';
import { Embedding } from '../nn/embedding.js';
import { Linear } from '../nn/linear.js';
import { LayerNorm } from '../nn/norm.js';
import { activation, type Config, checkMultiple, layerCount, optional, readConfig, size } from './config.js';
import { attentionHooks, type HookLayout, hookNames } from './hook-names.js';
import {
  type EncoderOutput,
  encoderMask,
  FeatureExtractor,
  MaskedLanguageModel,
  type MaskedLMOutput,
} from './text-encoder.js';

/** Of every norm; configs have no field for it. */
const eps = 1e-12;

const schema = z.object({
  vocab_size: size,
  dim: size,
  n_layers: layerCount,
  n_heads: size,
  hidden_dim: size,
  activation: optional(activation, 'gelu'),
  max_position_embeddings: size,
  tie_word_embeddings: optional(z.boolean(), true),
});
type DistilBertConfig = z.output<typeof schema>;

export class DistilBertEmbeddings extends Module {
  static override readonly typeName: string = 'DistilBertEmbeddings';
  static override readonly inputs = ['inputIds'];
  readonly word_embeddings: Embedding;
  readonly position_embeddings: Embedding;
  readonly LayerNorm: LayerNorm;

  constructor({ vocab_size, dim, max_position_embeddings }: DistilBertConfig) {
    super();
    this.word_embeddings = new Embedding(vocab_size, dim);
    this.position_embeddings = new Embedding(max_position_embeddings, dim);
    this.LayerNorm = new LayerNorm(dim, { eps });
  }

  forward(inputIds: tf.Tensor2D): tf.Tensor {
    const words = this.word_embeddings.apply(inputIds);
    const positions = this.position_embeddings.apply(tf.range(0, inputIds.shape[1], 1, 'int32'));
    return this.LayerNorm.apply(words.add(positions));
  }
}

export class DistilBertSelfAttention extends Module {
  static override readonly typeName: string = 'DistilBertSelfAttention';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly q_lin: Linear;
  readonly k_lin: Linear;
  readonly v_lin: Linear;
  readonly out_lin: Linear;
  readonly heads: number;
  readonly scale: number;

  constructor({ dim, n_heads }: DistilBertConfig) {
    super();
    this.q_lin = new Linear(dim, dim);
    this.k_lin = new Linear(dim, dim);
    this.v_lin = new Linear(dim, dim);
    this.out_lin = new Linear(dim, dim);
    this.heads = n_heads;
    this.scale = 1 / Math.sqrt(dim / n_heads);
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor4D | null): tf.Tensor {
    const q = named('q', splitHeads(this.q_lin.apply(hiddenStates), this.heads));
    const k = named('k', splitHeads(this.k_lin.apply(hiddenStates), this.heads));
    const v = named('v', splitHeads(this.v_lin.apply(hiddenStates), this.heads));
    return this.out_lin.apply(mergeHeads(attend(q, k, v, mask, { scale: this.scale })));
  }
}

export class DistilBertFFN extends Module {
  static override readonly typeName: string = 'DistilBertFFN';
  static override readonly inputs = ['hiddenStates'];
  readonly lin1: Linear;
  readonly lin2: Linear;
  readonly activation: Activation;

  constructor({ dim, hidden_dim, activation }: DistilBertConfig) {
    super();
    this.lin1 = new Linear(dim, hidden_dim);
    this.lin2 = new Linear(hidden_dim, dim);
    this.activation = activationNamed(activation);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const pre = named('pre', this.lin1.apply(hiddenStates));
    return this.lin2.apply(named('post', this.activation.apply(pre)));
  }
}

/** Norms come after each sum. Names the sums `resid_mid` and `resid_post`. */
export class DistilBertBlock extends Module {
  static override readonly typeName: string = 'DistilBertBlock';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly attention: DistilBertSelfAttention;
  readonly sa_layer_norm: LayerNorm;
  readonly ffn: DistilBertFFN;
  readonly output_layer_norm: LayerNorm;

  constructor(config: DistilBertConfig) {
    super();
    this.attention = new DistilBertSelfAttention(config);
    this.sa_layer_norm = new LayerNorm(config.dim, { eps });
    this.ffn = new DistilBertFFN(config);
    this.output_layer_norm = new LayerNorm(config.dim, { eps });
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor4D | null): tf.Tensor {
    const attended = this.attention.apply(hiddenStates, mask);
    const middle = this.sa_layer_norm.apply(named('resid_mid', hiddenStates.add(attended)));
    return this.output_layer_norm.apply(named('resid_post', middle.add(this.ffn.apply(middle))));
  }
}

export class DistilBertTransformer extends Module {
  static override readonly typeName: string = 'DistilBertTransformer';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly layer: ModuleList<DistilBertBlock>;

  constructor(config: DistilBertConfig) {
    super();
    this.layer = new ModuleList(Array.from({ length: config.n_layers }, () => new DistilBertBlock(config)));
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor4D | null): tf.Tensor {
    let states = hiddenStates;
    for (const block of this.layer) states = block.apply(states, mask);
    return states;
  }
}

/** DistilBERT's encoder with the names of transformers' `DistilBertModel`. */
export class DistilBertModel extends FeatureExtractor {
  static override readonly typeName: string = 'DistilBertModel';
  readonly embeddings: DistilBertEmbeddings;
  readonly transformer: DistilBertTransformer;
  readonly contextLength: number;
  readonly vocabularySize: number;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const fields = distilBertConfig(config);
    this.contextLength = fields.max_position_embeddings;
    this.vocabularySize = fields.vocab_size;
    this.embeddings = new DistilBertEmbeddings(fields);
    this.transformer = new DistilBertTransformer(fields);
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    tokenTypeIds: tf.Tensor2D | null = null,
  ): EncoderOutput {
    if (tokenTypeIds !== null) {
      throw new InputError('DistilBERT does not tell two texts apart: leave tokenTypeIds out.');
    }
    const mask = encoderMask(attentionMask, inputIds);
    const states = this.transformer.apply(this.embeddings.apply(inputIds), mask) as tf.Tensor3D;
    return this.outputs(states, attentionMask, null);
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    return hookNames(layout('', this.transformer.layer.length, {}));
  }
}

/** DistilBERT (arXiv 1910.01108) with the names of transformers' `DistilBertForMaskedLM`. */
export class DistilBertForMaskedLM extends MaskedLanguageModel {
  static override readonly typeName: string = 'DistilBertForMaskedLM';
  readonly distilbert: DistilBertModel;
  readonly vocab_transform: Linear;
  readonly activation: Activation;
  readonly vocab_layer_norm: LayerNorm;
  readonly vocab_projector: Linear;
  readonly contextLength: number;
  readonly vocabularySize: number;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const { vocab_size, dim, activation, max_position_embeddings, tie_word_embeddings } =
      distilBertConfig(config);
    this.contextLength = max_position_embeddings;
    this.vocabularySize = vocab_size;
    this.distilbert = new DistilBertModel(config);
    this.vocab_transform = new Linear(dim, dim);
    this.activation = activationNamed(activation);
    this.vocab_layer_norm = new LayerNorm(dim, { eps });
    this.vocab_projector = new Linear(dim, vocab_size);
    if (tie_word_embeddings) this.vocab_projector.tie(this.distilbert.embeddings.word_embeddings.weight);
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    tokenTypeIds: tf.Tensor2D | null = null,
  ): MaskedLMOutput {
    const { lastHiddenState } = this.distilbert.apply(inputIds, attentionMask, tokenTypeIds);
    const transformed = this.activation.apply(this.vocab_transform.apply(lastHiddenState));
    const normalized = this.vocab_layer_norm.apply(transformed);
    return { logits: this.vocab_projector.apply(normalized) as tf.Tensor3D };
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    const head = {
      'mlm_head.ln.hook_normalized': 'vocab_layer_norm.mul',
      'unembed.hook_in': 'vocab_projector.input',
      'unembed.hook_out': 'vocab_projector.output',
    };
    return hookNames(layout('distilbert.', this.distilbert.transformer.layer.length, head));
  }
}

function distilBertConfig(config: Config): DistilBertConfig {
  const fields = readConfig(schema, config);
  checkMultiple(fields, 'dim', 'n_heads');
  return fields;
}

/** Hooks by the names of TransformerLens' `HookedEncoder`. */
function layout(encoder: string, layers: number, others: HookLayout['model']): HookLayout {
  return {
    layers,
    model: {
      'embed.hook_embed': `${encoder}embeddings.word_embeddings.output`,
      'embed.hook_pos_embed': `${encoder}embeddings.position_embeddings.output`,
      'embed.ln.hook_normalized': `${encoder}embeddings.LayerNorm.mul`,
      hook_full_embed: `${encoder}embeddings.output`,
      ...others,
    },
    block: `${encoder}transformer.layer_{l}`,
    inBlock: {
      hook_resid_pre: 'hiddenStates',
      ...attentionHooks('attention'),
      hook_attn_out: 'attention.output',
      hook_resid_mid: 'resid_mid',
      hook_mlp_in: 'sa_layer_norm.input',
      'ln1.hook_normalized': 'sa_layer_norm.mul',
      'mlp.hook_pre': 'ffn.pre',
      'mlp.hook_post': 'ffn.post',
      hook_mlp_out: 'ffn.output',
      hook_resid_post: 'resid_post',
      'ln2.hook_normalized': 'output_layer_norm.mul',
      hook_normalized_resid_post: 'output',
    },
  };
}

/** The name in `DistilBertForMaskedLM` of a key in a DistilBERT checkpoint, or null to leave it out. */
export function distilBertForMaskedLMKey(key: string): string | null {
  if (key.endsWith('position_ids')) return null;
  return /^(?:distilbert\.|vocab_)/.test(key) ? key : `distilbert.${key}`;
}

/** The name in `DistilBertModel` of a key in a DistilBERT checkpoint, or null to leave it out. */
export function distilBertModelKey(key: string): string | null {
  return /^vocab_|position_ids$/.test(key) ? null : key.replace(/^distilbert\./, '');
}
