import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { CheckpointError } from '../errors.js';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed } from '../nn/activations.js';
import { Embedding } from '../nn/embedding.js';
import { type KeyValues, pastLength, withKeyValues } from '../nn/key-values.js';
import { Linear } from '../nn/linear.js';
import { MultiHeadAttention } from '../nn/multi-head-attention.js';
import { LayerNorm } from '../nn/norm.js';
import { activation, type Config, checkMultiple, layerCount, optional, readConfig, size } from './config.js';
import { layerMasks } from './decoder.js';
import { gptLayout, hookNames } from './hook-names.js';
import { LanguageModel, type LanguageModelOutput } from './language-model.js';

const kind = z.enum(['global', 'local'], { error: "attention types are 'global' and 'local'" });

const schema = z.object({
  vocab_size: size,
  max_position_embeddings: size,
  hidden_size: size,
  num_layers: layerCount,
  num_heads: size,
  intermediate_size: z.nullish(size),
  /** Kinds of attention and how often they are repeated: `[[['global', 'local'], 12]]`. */
  attention_types: optional(z.array(z.tuple([z.array(kind), layerCount])), [[['global', 'local'], 12]]),
  window_size: optional(size, 256),
  activation_function: optional(activation, 'gelu_new'),
  layer_norm_epsilon: optional(z.number().check(z.nonnegative()), 1e-5),
  tie_word_embeddings: optional(z.boolean(), true),
});
type GPTNeoConfig = z.output<typeof schema>;

/** The name that checkpoints have around the attention layer. */
export class GPTNeoAttention extends Module {
  static override readonly typeName: string = 'GPTNeoAttention';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly attention: MultiHeadAttention;

  constructor({ hidden_size: hiddenSize, num_heads: heads }: GPTNeoConfig) {
    super();
    // GPT-Neo does not scale its products.
    const settings = { scale: 1, inputBias: false, outputBias: true };
    this.attention = new MultiHeadAttention({ hiddenSize, heads, ...settings });
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    return this.attention.apply(hiddenStates, mask);
  }
}

export class GPTNeoMLP extends Module {
  static override readonly typeName: string = 'GPTNeoMLP';
  static override readonly inputs = ['hiddenStates'];
  readonly c_fc: Linear;
  readonly c_proj: Linear;
  readonly act: Activation;

  constructor({ hidden_size, intermediate_size, activation_function }: GPTNeoConfig) {
    super();
    const inner = intermediate_size ?? 4 * hidden_size;
    this.c_fc = new Linear(hidden_size, inner);
    this.c_proj = new Linear(inner, hidden_size);
    this.act = activationNamed(activation_function);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const pre = named('pre', this.c_fc.apply(hiddenStates));
    return this.c_proj.apply(named('post', this.act.apply(pre)));
  }
}

export class GPTNeoBlock extends Module {
  static override readonly typeName: string = 'GPTNeoBlock';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly ln_1: LayerNorm;
  readonly attn: GPTNeoAttention;
  readonly ln_2: LayerNorm;
  readonly mlp: GPTNeoMLP;

  constructor(config: GPTNeoConfig) {
    super();
    const eps = config.layer_norm_epsilon;
    this.ln_1 = new LayerNorm(config.hidden_size, { eps });
    this.attn = new GPTNeoAttention(config);
    this.ln_2 = new LayerNorm(config.hidden_size, { eps });
    this.mlp = new GPTNeoMLP(config);
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const attended = this.attn.apply(this.ln_1.apply(hiddenStates), mask);
    const middle = named('resid_mid', hiddenStates.add(attended));
    return middle.add(this.mlp.apply(this.ln_2.apply(middle)));
  }
}

export class GPTNeoModel extends Module {
  static override readonly typeName: string = 'GPTNeoModel';
  static override readonly inputs = ['inputIds', 'attentionMask'];
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly h: ModuleList<GPTNeoBlock>;
  readonly ln_f: LayerNorm;
  private readonly windows: readonly (number | null)[];

  constructor(config: GPTNeoConfig, windows: readonly (number | null)[]) {
    super();
    const width = config.hidden_size;
    this.wte = new Embedding(config.vocab_size, width);
    this.wpe = new Embedding(config.max_position_embeddings, width);
    this.windows = windows;
    this.h = new ModuleList(this.windows.map(() => new GPTNeoBlock(config)));
    this.ln_f = new LayerNorm(width, { eps: config.layer_norm_epsilon });
  }

  forward(inputIds: tf.Tensor2D, attentionMask: tf.Tensor2D | null = null): tf.Tensor {
    const length = inputIds.shape[1];
    const start = pastLength();
    const masks = layerMasks(this.windows, inputIds.shape, start, attentionMask);
    const tokens = this.wte.apply(inputIds);
    let hiddenStates = tokens.add(this.wpe.apply(tf.range(start, start + length, 1, 'int32')));
    for (const [at, block] of [...this.h].entries())
      hiddenStates = block.apply(hiddenStates, masks[at] as tf.Tensor);
    return this.ln_f.apply(hiddenStates);
  }
}

/** How many positions each layer sees at most; null for all. @throws CheckpointError for another number of layers */
function windowsOf({ attention_types, num_layers, window_size }: GPTNeoConfig): (number | null)[] {
  // Counted before they are listed: a broken config could repeat them without end.
  const count = attention_types.reduce((sum, [names, times]) => sum + names.length * times, 0);
  if (count !== num_layers) {
    throw new CheckpointError(
      `config.json: attention_types are of ${count} layers, num_layers is ${num_layers}.`,
    );
  }
  const kinds = attention_types.flatMap(([names, times]) =>
    Array.from({ length: times }, () => names).flat(),
  );
  return kinds.map((name) => (name === 'local' ? window_size : null));
}

/** GPT-Neo, such as TinyStories (arXiv 2305.07759), with the names of transformers' `GPTNeoForCausalLM`. */
export class GPTNeoForCausalLM extends LanguageModel {
  static override readonly typeName: string = 'GPTNeoForCausalLM';
  readonly transformer: GPTNeoModel;
  readonly lm_head: Linear;
  readonly contextLength: number;
  readonly vocabularySize: number;

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const fields = readConfig(schema, config);
    checkMultiple(fields, 'hidden_size', 'num_heads');
    this.contextLength = fields.max_position_embeddings;
    this.vocabularySize = fields.vocab_size;
    this.transformer = new GPTNeoModel(fields, windowsOf(fields));
    this.lm_head = new Linear(fields.hidden_size, fields.vocab_size, { bias: false });
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
    return hookNames(gptLayout(this.transformer.h.length, 'attn.attention'));
  }
}

/** The name here of a key in a GPT-Neo checkpoint, or null for one that is no weight. */
export function gptNeoKey(key: string): string | null {
  if (/\.attn\.attention\.(?:masked_)?bias$/.test(key)) return null;
  return /^(?:transformer|lm_head)\./.test(key) ? key : `transformer.${key}`;
}
