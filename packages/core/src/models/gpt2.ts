import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed } from '../nn/activations.js';
import { attend, causalMask, mergeHeads, splitHeads } from '../nn/attention.js';
import { Embedding } from '../nn/embedding.js';
import { extendKeyValues, type KeyValues, pastLength, withKeyValues } from '../nn/key-values.js';
import { Conv1D, Linear } from '../nn/linear.js';
import { LayerNorm } from '../nn/norm.js';
import { activation, type Config, checkMultiple, layerCount, optional, readConfig, size } from './config.js';
import { gptLayout, hookNames } from './hook-names.js';
import { LanguageModel, type LanguageModelOutput } from './language-model.js';

const schema = z.object({
  vocab_size: size,
  n_positions: size,
  n_embd: size,
  n_layer: layerCount,
  n_head: size,
  n_inner: z.nullish(size),
  activation_function: optional(activation, 'gelu_new'),
  layer_norm_epsilon: optional(z.number().check(z.nonnegative()), 1e-5),
  scale_attn_weights: optional(z.boolean(), true),
  scale_attn_by_inverse_layer_idx: optional(z.boolean(), false),
  add_cross_attention: optional(z.literal(false, { error: 'cross attention is not supported' }), false),
  tie_word_embeddings: optional(z.boolean(), true),
});
type GPT2Config = z.output<typeof schema>;

export class GPT2Attention extends Module {
  static override readonly typeName: string = 'GPT2Attention';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly c_attn: Conv1D;
  readonly c_proj: Conv1D;
  readonly heads: number;
  readonly scale: number;

  constructor(config: GPT2Config, layer: number) {
    super();
    const { n_embd, n_head } = config;
    this.c_attn = new Conv1D(n_embd, 3 * n_embd);
    this.c_proj = new Conv1D(n_embd, n_embd);
    this.heads = n_head;
    const perHead = config.scale_attn_weights ? 1 / Math.sqrt(n_embd / n_head) : 1;
    this.scale = config.scale_attn_by_inverse_layer_idx ? perHead / (layer + 1) : perHead;
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const [query, key, value] = tf.split(this.c_attn.apply(hiddenStates), 3, -1) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const q = named('q', splitHeads(query, this.heads));
    const k = named('k', splitHeads(key, this.heads));
    const v = named('v', splitHeads(value, this.heads));
    const all = extendKeyValues({ k, v });
    const z = attend(q, all.k, all.v, mask, { scale: this.scale });
    return this.c_proj.apply(mergeHeads(z));
  }
}

export class GPT2MLP extends Module {
  static override readonly typeName: string = 'GPT2MLP';
  static override readonly inputs = ['hiddenStates'];
  readonly c_fc: Conv1D;
  readonly c_proj: Conv1D;
  readonly act: Activation;

  constructor({ n_embd, n_inner, activation_function }: GPT2Config) {
    super();
    const inner = n_inner ?? 4 * n_embd;
    this.c_fc = new Conv1D(n_embd, inner);
    this.act = activationNamed(activation_function);
    this.c_proj = new Conv1D(inner, n_embd);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const pre = named('pre', this.c_fc.apply(hiddenStates));
    return this.c_proj.apply(named('post', this.act.apply(pre)));
  }
}

export class GPT2Block extends Module {
  static override readonly typeName: string = 'GPT2Block';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly ln_1: LayerNorm;
  readonly attn: GPT2Attention;
  readonly ln_2: LayerNorm;
  readonly mlp: GPT2MLP;

  constructor(config: GPT2Config, layer: number) {
    super();
    const eps = config.layer_norm_epsilon;
    this.ln_1 = new LayerNorm(config.n_embd, { eps });
    this.attn = new GPT2Attention(config, layer);
    this.ln_2 = new LayerNorm(config.n_embd, { eps });
    this.mlp = new GPT2MLP(config);
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const attended = this.attn.apply(this.ln_1.apply(hiddenStates), mask);
    const middle = named('resid_mid', hiddenStates.add(attended));
    return middle.add(this.mlp.apply(this.ln_2.apply(middle)));
  }
}

export class GPT2Model extends Module {
  static override readonly typeName: string = 'GPT2Model';
  static override readonly inputs = ['inputIds', 'attentionMask'];
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly h: ModuleList<GPT2Block>;
  readonly ln_f: LayerNorm;

  constructor(config: GPT2Config) {
    super();
    this.wte = new Embedding(config.vocab_size, config.n_embd);
    this.wpe = new Embedding(config.n_positions, config.n_embd);
    this.h = new ModuleList(
      Array.from({ length: config.n_layer }, (_, layer) => new GPT2Block(config, layer)),
    );
    this.ln_f = new LayerNorm(config.n_embd, { eps: config.layer_norm_epsilon });
  }

  forward(inputIds: tf.Tensor2D, attentionMask: tf.Tensor2D | null = null): tf.Tensor {
    const length = inputIds.shape[1];
    const start = pastLength();
    const mask = named('mask', causalMask(inputIds.shape, { start, padding: attentionMask }));
    const tokens = this.wte.apply(inputIds);
    let hiddenStates = tokens.add(this.wpe.apply(tf.range(start, start + length, 1, 'int32')));
    for (const block of this.h) hiddenStates = block.apply(hiddenStates, mask);
    return this.ln_f.apply(hiddenStates);
  }
}

/** GPT-2 (Radford et al. 2019) with the names of transformers' `GPT2LMHeadModel`. */
export class GPT2LMHeadModel extends LanguageModel {
  static override readonly typeName: string = 'GPT2LMHeadModel';
  readonly transformer: GPT2Model;
  readonly lm_head: Linear;
  readonly contextLength: number;
  readonly vocabularySize: number;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const fields = readConfig(schema, config);
    checkMultiple(fields, 'n_embd', 'n_head');
    this.contextLength = fields.n_positions;
    this.vocabularySize = fields.vocab_size;
    this.transformer = new GPT2Model(fields);
    this.lm_head = new Linear(fields.n_embd, fields.vocab_size, { bias: false });
    if (fields.tie_word_embeddings) this.lm_head.tie(this.transformer.wte.weight);
  }

  forward(
    inputIds: tf.Tensor2D,
    attentionMask: tf.Tensor2D | null = null,
    past: readonly KeyValues[] | null = null,
  ): LanguageModelOutput {
    if (past !== null) return withKeyValues(past, () => this.forward(inputIds, attentionMask));
    const hiddenStates = this.transformer.apply(inputIds, attentionMask);
    return { logits: this.lm_head.apply(hiddenStates) as tf.Tensor3D };
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    return hookNames(gptLayout(this.transformer.h.length, 'attn'));
  }
}

/** The name here of a key in a GPT-2 checkpoint, or null for one that is no weight. */
export function gpt2Key(key: string): string | null {
  if (/\.attn\.(?:masked_)?bias$/.test(key)) return null;
  return /^(?:transformer|lm_head)\./.test(key) ? key : `transformer.${key}`;
}
