import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed, Tanh } from '../nn/activations.js';
import { attend, mergeHeads, splitHeads } from '../nn/attention.js';
import { Embedding } from '../nn/embedding.js';
import { Linear } from '../nn/linear.js';
import { LayerNorm } from '../nn/norm.js';
import { activation, type Config, checkMultiple, layerCount, optional, readConfig, size } from './config.js';
import { attentionHooks, type HookLayout, hookNames } from './hook-names.js';
import {
  checkSameShape,
  type EncoderOutput,
  encoderMask,
  FeatureExtractor,
  MaskedLanguageModel,
  type MaskedLMOutput,
} from './text-encoder.js';

const schema = z.object({
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  intermediate_size: size,
  hidden_act: optional(activation, 'gelu'),
  max_position_embeddings: size,
  type_vocab_size: optional(size, 2),
  layer_norm_eps: optional(z.number().check(z.nonnegative()), 1e-12),
  position_embedding_type: optional(
    z.literal('absolute', { error: "only 'absolute' position embeddings are supported" }),
    'absolute',
  ),
  is_decoder: optional(z.literal(false, { error: 'only encoders are supported' }), false),
  tie_word_embeddings: optional(z.boolean(), true),
});
type BertConfig = z.output<typeof schema>;

export class BertEmbeddings extends Module {
  static override readonly typeName: string = 'BertEmbeddings';
  static override readonly inputs = ['inputIds', 'tokenTypeIds'];
  readonly word_embeddings: Embedding;
  readonly position_embeddings: Embedding;
  readonly token_type_embeddings: Embedding;
  readonly LayerNorm: LayerNorm;

  constructor(config: BertConfig) {
    super();
    const { hidden_size } = config;
    this.word_embeddings = new Embedding(config.vocab_size, hidden_size);
    this.position_embeddings = new Embedding(config.max_position_embeddings, hidden_size);
    this.token_type_embeddings = new Embedding(config.type_vocab_size, hidden_size);
    this.LayerNorm = new LayerNorm(hidden_size, { eps: config.layer_norm_eps });
  }

  forward(inputIds: tf.Tensor2D, tokenTypeIds: tf.Tensor2D | null): tf.Tensor {
    const words = this.word_embeddings.apply(inputIds);
    const types = this.token_type_embeddings.apply(tokenTypeIds ?? tf.zerosLike(inputIds));
    const positions = this.position_embeddings.apply(tf.range(0, inputIds.shape[1], 1, 'int32'));
    return this.LayerNorm.apply(words.add(types).add(positions));
  }
}

export class BertSelfAttention extends Module {
  static override readonly typeName: string = 'BertSelfAttention';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly heads: number;
  readonly scale: number;

  constructor({ hidden_size, num_attention_heads: heads }: BertConfig) {
    super();
    this.query = new Linear(hidden_size, hidden_size);
    this.key = new Linear(hidden_size, hidden_size);
    this.value = new Linear(hidden_size, hidden_size);
    this.heads = heads;
    this.scale = 1 / Math.sqrt(hidden_size / heads);
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor4D | null): tf.Tensor {
    const q = named('q', splitHeads(this.query.apply(hiddenStates), this.heads));
    const k = named('k', splitHeads(this.key.apply(hiddenStates), this.heads));
    const v = named('v', splitHeads(this.value.apply(hiddenStates), this.heads));
    return mergeHeads(attend(q, k, v, mask, { scale: this.scale }));
  }
}

/** Projects, adds what went around, and normalizes: the end of both halves of a block. */
export class BertOutput extends Module {
  static override readonly typeName: string = 'BertOutput';
  static override readonly inputs = ['hiddenStates', 'residual'];
  readonly dense: Linear;
  readonly LayerNorm: LayerNorm;

  /** `sum` is the name of the residual stream's node before it is normalized. */
  constructor(
    inFeatures: number,
    { hidden_size, layer_norm_eps: eps }: BertConfig,
    private readonly settings: { readonly sum: string },
  ) {
    super();
    this.dense = new Linear(inFeatures, hidden_size);
    this.LayerNorm = new LayerNorm(hidden_size, { eps });
  }

  forward(hiddenStates: tf.Tensor, residual: tf.Tensor): tf.Tensor {
    return this.LayerNorm.apply(named(this.settings.sum, residual.add(this.dense.apply(hiddenStates))));
  }
}

export class BertAttention extends Module {
  static override readonly typeName: string = 'BertAttention';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly self: BertSelfAttention;
  readonly output: BertOutput;

  constructor(config: BertConfig) {
    super();
    this.self = new BertSelfAttention(config);
    this.output = new BertOutput(config.hidden_size, config, { sum: 'resid_mid' });
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor4D | null): tf.Tensor {
    return this.output.apply(this.self.apply(hiddenStates, mask), hiddenStates);
  }
}

export class BertIntermediate extends Module {
  static override readonly typeName: string = 'BertIntermediate';
  static override readonly inputs = ['hiddenStates'];
  readonly dense: Linear;
  readonly intermediate_act_fn: Activation;

  constructor({ hidden_size, intermediate_size, hidden_act }: BertConfig) {
    super();
    this.dense = new Linear(hidden_size, intermediate_size);
    this.intermediate_act_fn = activationNamed(hidden_act);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const pre = named('pre', this.dense.apply(hiddenStates));
    return named('post', this.intermediate_act_fn.apply(pre));
  }
}

export class BertLayer extends Module {
  static override readonly typeName: string = 'BertLayer';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly attention: BertAttention;
  readonly intermediate: BertIntermediate;
  readonly output: BertOutput;

  constructor(config: BertConfig) {
    super();
    this.attention = new BertAttention(config);
    this.intermediate = new BertIntermediate(config);
    this.output = new BertOutput(config.intermediate_size, config, { sum: 'resid_post' });
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor4D | null): tf.Tensor {
    const middle = this.attention.apply(hiddenStates, mask);
    return this.output.apply(this.intermediate.apply(middle), middle);
  }
}

export class BertEncoder extends Module {
  static override readonly typeName: string = 'BertEncoder';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly layer: ModuleList<BertLayer>;

  constructor(config: BertConfig) {
    super();
    this.layer = new ModuleList(
      Array.from({ length: config.num_hidden_layers }, () => new BertLayer(config)),
    );
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor4D | null): tf.Tensor {
    let states = hiddenStates;
    for (const layer of this.layer) states = layer.apply(states, mask);
    return states;
  }
}

export class BertPooler extends Module {
  static override readonly typeName: string = 'BertPooler';
  static override readonly inputs = ['hiddenStates'];
  readonly dense: Linear;
  readonly activation: Tanh;

  constructor({ hidden_size }: BertConfig) {
    super();
    this.dense = new Linear(hidden_size, hidden_size);
    this.activation = new Tanh();
  }

  forward(hiddenStates: tf.Tensor3D): tf.Tensor2D {
    const [batch, , width] = hiddenStates.shape;
    const first = hiddenStates.slice([0, 0, 0], [batch, 1, width]).reshape([batch, width]);
    return this.activation.apply(this.dense.apply(first)) as tf.Tensor2D;
  }
}

/** BERT's encoder with the names of transformers' `BertModel`. */
export class BertModel extends FeatureExtractor {
  static override readonly typeName: string = 'BertModel';
  readonly embeddings: BertEmbeddings;
  readonly encoder: BertEncoder;
  /** Null in models that were trained without one. */
  pooler: BertPooler | null;
  readonly contextLength: number;
  readonly vocabularySize: number;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config, { pooler = true } = {}) {
    super();
    const fields = bertConfig(config);
    this.contextLength = fields.max_position_embeddings;
    this.vocabularySize = fields.vocab_size;
    this.embeddings = new BertEmbeddings(fields);
    this.encoder = new BertEncoder(fields);
    this.pooler = pooler ? new BertPooler(fields) : null;
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    tokenTypeIds: tf.Tensor2D | null = null,
  ): EncoderOutput {
    const mask = encoderMask(attentionMask, inputIds);
    if (tokenTypeIds !== null) checkSameShape('tokenTypeIds', tokenTypeIds, inputIds);
    const embedded = this.embeddings.apply(inputIds, tokenTypeIds);
    const lastHiddenState = this.encoder.apply(embedded, mask) as tf.Tensor3D;
    return this.outputs(lastHiddenState, attentionMask, this.pooler?.apply(lastHiddenState) ?? null);
  }

  override adaptTo(names: ReadonlySet<string>): void {
    if (this.pooler === null || names.has('pooler.dense.weight')) return;
    this.pooler.dispose();
    this.pooler = null;
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    const pooler = this.pooler === null ? {} : { 'pooler.hook_pooler_out': 'pooler.output' };
    return hookNames(layout('', this.encoder.layer.length, pooler));
  }
}

export class BertPredictionHeadTransform extends Module {
  static override readonly typeName: string = 'BertPredictionHeadTransform';
  static override readonly inputs = ['hiddenStates'];
  readonly dense: Linear;
  readonly transform_act_fn: Activation;
  readonly LayerNorm: LayerNorm;

  constructor({ hidden_size, hidden_act, layer_norm_eps: eps }: BertConfig) {
    super();
    this.dense = new Linear(hidden_size, hidden_size);
    this.transform_act_fn = activationNamed(hidden_act);
    this.LayerNorm = new LayerNorm(hidden_size, { eps });
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    return this.LayerNorm.apply(this.transform_act_fn.apply(this.dense.apply(hiddenStates)));
  }
}

export class BertLMPredictionHead extends Module {
  static override readonly typeName: string = 'BertLMPredictionHead';
  static override readonly inputs = ['hiddenStates'];
  readonly transform: BertPredictionHeadTransform;
  readonly decoder: Linear;
  /** The decoder's, under the name that checkpoints have for it. */
  readonly bias: tf.Variable;

  constructor(config: BertConfig) {
    super();
    this.transform = new BertPredictionHeadTransform(config);
    this.decoder = new Linear(config.hidden_size, config.vocab_size);
    this.bias = this.decoder.bias as tf.Variable;
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    return this.decoder.apply(this.transform.apply(hiddenStates));
  }
}

export class BertOnlyMLMHead extends Module {
  static override readonly typeName: string = 'BertOnlyMLMHead';
  static override readonly inputs = ['hiddenStates'];
  readonly predictions: BertLMPredictionHead;

  constructor(config: BertConfig) {
    super();
    this.predictions = new BertLMPredictionHead(config);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    return this.predictions.apply(hiddenStates);
  }
}

/** BERT (arXiv 1810.04805) with the names of transformers' `BertForMaskedLM`. */
export class BertForMaskedLM extends MaskedLanguageModel {
  static override readonly typeName: string = 'BertForMaskedLM';
  readonly bert: BertModel;
  readonly cls: BertOnlyMLMHead;
  readonly contextLength: number;
  readonly vocabularySize: number;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const fields = bertConfig(config);
    this.contextLength = fields.max_position_embeddings;
    this.vocabularySize = fields.vocab_size;
    this.bert = new BertModel(config, { pooler: false });
    this.cls = new BertOnlyMLMHead(fields);
    if (fields.tie_word_embeddings) {
      this.cls.predictions.decoder.tie(this.bert.embeddings.word_embeddings.weight);
    }
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    tokenTypeIds: tf.Tensor2D | null = null,
  ): MaskedLMOutput {
    const { lastHiddenState } = this.bert.apply(inputIds, attentionMask, tokenTypeIds);
    return { logits: this.cls.apply(lastHiddenState) as tf.Tensor3D };
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    const head = {
      'mlm_head.ln.hook_normalized': 'cls.predictions.transform.LayerNorm.mul',
      'unembed.hook_in': 'cls.predictions.decoder.input',
      'unembed.hook_out': 'cls.predictions.decoder.output',
    };
    return hookNames(layout('bert.', this.bert.encoder.layer.length, head));
  }
}

function bertConfig(config: Config): BertConfig {
  const fields = readConfig(schema, config);
  checkMultiple(fields, 'hidden_size', 'num_attention_heads');
  return fields;
}

/** The hooks of TransformerLens' `HookedEncoder`; `output_1` is the submodule `output`, `output` the result. */
function layout(encoder: string, layers: number, others: HookLayout['model']): HookLayout {
  return {
    layers,
    model: {
      'embed.hook_embed': `${encoder}embeddings.word_embeddings.output`,
      'embed.hook_pos_embed': `${encoder}embeddings.position_embeddings.output`,
      'embed.hook_token_type_embed': `${encoder}embeddings.token_type_embeddings.output`,
      'embed.ln.hook_normalized': `${encoder}embeddings.LayerNorm.mul`,
      hook_full_embed: `${encoder}embeddings.output`,
      ...others,
    },
    block: `${encoder}encoder.layer_{l}`,
    inBlock: {
      hook_resid_pre: 'hiddenStates',
      ...attentionHooks('attention.self'),
      hook_attn_out: 'attention.output_1.dense.output',
      hook_resid_mid: 'attention.output_1.resid_mid',
      hook_mlp_in: 'attention.output_1.LayerNorm.input',
      'ln1.hook_normalized': 'attention.output_1.LayerNorm.mul',
      'mlp.hook_pre': 'intermediate.pre',
      'mlp.hook_post': 'intermediate.post',
      hook_mlp_out: 'output_1.dense.output',
      hook_resid_post: 'output_1.resid_post',
      'ln2.hook_normalized': 'output_1.LayerNorm.mul',
      hook_normalized_resid_post: 'output',
    },
  };
}

/** The name in `BertForMaskedLM` of a key in a BERT checkpoint, or null to leave it out. */
export function bertForMaskedLMKey(key: string): string | null {
  if (/(?:^|\.)(?:pooler|seq_relationship)\.|position_ids$/.test(key)) return null;
  return withCurrentNames(/^(?:bert|cls)\./.test(key) ? key : `bert.${key}`);
}

/** The name in `BertModel` of a key in a BERT checkpoint, or null to leave it out. */
export function bertModelKey(key: string): string | null {
  if (/^cls\.|position_ids$/.test(key)) return null;
  return withCurrentNames(key.replace(/^bert\./, ''));
}

/** The first checkpoints have the names that TensorFlow gave to the parameters of norms. */
function withCurrentNames(key: string): string {
  return key.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}
