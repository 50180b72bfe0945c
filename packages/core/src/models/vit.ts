import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { InputError } from '../errors.js';
import { ModuleList } from '../module/containers.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed } from '../nn/activations.js';
import { attend, mergeHeads, splitHeads } from '../nn/attention.js';
import { Conv2d } from '../nn/conv.js';
import { normal } from '../nn/init.js';
import { Linear } from '../nn/linear.js';
import { LayerNorm } from '../nn/norm.js';
import type { Pair } from '../nn/pair.js';
import { activation, type Config, checkMultiple, layerCount, optional, readConfig, size } from './config.js';
import { attentionHooks, type HookLayout, hookNames } from './hook-names.js';
import { ImageClassifier, type ImageClassifierOutput } from './image-classifier.js';

const pair = z.union([
  z.pipe(
    size,
    z.transform((side): Pair => [side, side]),
  ),
  z.tuple([size, size]),
]);

const schema = z.object({
  hidden_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  intermediate_size: size,
  hidden_act: optional(activation, 'gelu'),
  layer_norm_eps: optional(z.number().check(z.nonnegative()), 1e-12),
  image_size: pair,
  patch_size: pair,
  num_channels: optional(size, 3),
  qkv_bias: optional(z.boolean(), true),
  id2label: optional(z.record(z.string(), z.string()), {}),
  /** Bounded so that a broken config cannot make names without end. */
  num_labels: z.nullish(size.check(z.maximum(2 ** 20))),
});
type ViTConfig = z.output<typeof schema>;

export class ViTPatchEmbeddings extends Module {
  static override readonly typeName: string = 'ViTPatchEmbeddings';
  static override readonly inputs = ['pixelValues'];
  readonly projection: Conv2d;

  constructor({ num_channels, hidden_size, patch_size }: ViTConfig) {
    super();
    this.projection = new Conv2d(num_channels, hidden_size, patch_size, { stride: patch_size });
  }

  /** `[batch, channel, height, width]` → `[batch, patch, width]`, patches row by row. */
  forward(pixelValues: tf.Tensor4D): tf.Tensor3D {
    const patches = this.projection.apply(pixelValues) as tf.Tensor4D;
    const [batch, width, rows, columns] = patches.shape;
    return patches.reshape([batch, width, rows * columns]).transpose([0, 2, 1]);
  }
}

export class ViTEmbeddings extends Module {
  static override readonly typeName: string = 'ViTEmbeddings';
  static override readonly inputs = ['pixelValues'];
  readonly cls_token: tf.Variable;
  readonly position_embeddings: tf.Variable;
  readonly patch_embeddings: ViTPatchEmbeddings;

  constructor(config: ViTConfig) {
    super();
    const { image_size, patch_size, hidden_size } = config;
    const patches = Math.floor(image_size[0] / patch_size[0]) * Math.floor(image_size[1] / patch_size[1]);
    this.cls_token = normal([1, 1, hidden_size]);
    this.position_embeddings = normal([1, patches + 1, hidden_size]);
    this.patch_embeddings = new ViTPatchEmbeddings(config);
  }

  /** `[batch, channel, height, width]` → `[batch, 1 + patch, width]`. */
  forward(pixelValues: tf.Tensor4D): tf.Tensor {
    const patches = this.patch_embeddings.apply(pixelValues);
    const first = this.cls_token.tile([pixelValues.shape[0], 1, 1]);
    return tf.concat([first, patches], 1).add(this.position_embeddings);
  }
}

export class ViTSelfAttention extends Module {
  static override readonly typeName: string = 'ViTSelfAttention';
  static override readonly inputs = ['hiddenStates'];
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly heads: number;
  readonly scale: number;

  constructor({ hidden_size, num_attention_heads: heads, qkv_bias: bias }: ViTConfig) {
    super();
    this.query = new Linear(hidden_size, hidden_size, { bias });
    this.key = new Linear(hidden_size, hidden_size, { bias });
    this.value = new Linear(hidden_size, hidden_size, { bias });
    this.heads = heads;
    this.scale = 1 / Math.sqrt(hidden_size / heads);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const q = named('q', splitHeads(this.query.apply(hiddenStates), this.heads));
    const k = named('k', splitHeads(this.key.apply(hiddenStates), this.heads));
    const v = named('v', splitHeads(this.value.apply(hiddenStates), this.heads));
    return mergeHeads(attend(q, k, v, null, { scale: this.scale }));
  }
}

/** A projection under the name `dense`. */
export class ViTOutput extends Module {
  static override readonly typeName: string = 'ViTOutput';
  static override readonly inputs = ['hiddenStates'];
  readonly dense: Linear;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    this.dense = new Linear(inFeatures, outFeatures);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    return this.dense.apply(hiddenStates);
  }
}

export class ViTAttention extends Module {
  static override readonly typeName: string = 'ViTAttention';
  static override readonly inputs = ['hiddenStates'];
  readonly attention: ViTSelfAttention;
  readonly output: ViTOutput;

  constructor(config: ViTConfig) {
    super();
    this.attention = new ViTSelfAttention(config);
    this.output = new ViTOutput(config.hidden_size, config.hidden_size);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    return this.output.apply(this.attention.apply(hiddenStates));
  }
}

export class ViTIntermediate extends Module {
  static override readonly typeName: string = 'ViTIntermediate';
  static override readonly inputs = ['hiddenStates'];
  readonly dense: Linear;
  readonly intermediate_act_fn: Activation;

  constructor({ hidden_size, intermediate_size, hidden_act }: ViTConfig) {
    super();
    this.dense = new Linear(hidden_size, intermediate_size);
    this.intermediate_act_fn = activationNamed(hidden_act);
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const pre = named('pre', this.dense.apply(hiddenStates));
    return named('post', this.intermediate_act_fn.apply(pre));
  }
}

export class ViTLayer extends Module {
  static override readonly typeName: string = 'ViTLayer';
  static override readonly inputs = ['hiddenStates'];
  readonly attention: ViTAttention;
  readonly intermediate: ViTIntermediate;
  readonly output: ViTOutput;
  readonly layernorm_before: LayerNorm;
  readonly layernorm_after: LayerNorm;

  constructor(config: ViTConfig) {
    super();
    const { hidden_size, intermediate_size, layer_norm_eps: eps } = config;
    this.attention = new ViTAttention(config);
    this.intermediate = new ViTIntermediate(config);
    this.output = new ViTOutput(intermediate_size, hidden_size);
    this.layernorm_before = new LayerNorm(hidden_size, { eps });
    this.layernorm_after = new LayerNorm(hidden_size, { eps });
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const attended = this.attention.apply(this.layernorm_before.apply(hiddenStates));
    const middle = named('resid_mid', hiddenStates.add(attended));
    const inner = this.intermediate.apply(this.layernorm_after.apply(middle));
    return middle.add(this.output.apply(inner));
  }
}

export class ViTEncoder extends Module {
  static override readonly typeName: string = 'ViTEncoder';
  static override readonly inputs = ['hiddenStates'];
  readonly layer: ModuleList<ViTLayer>;

  constructor(config: ViTConfig) {
    super();
    this.layer = new ModuleList(Array.from({ length: config.num_hidden_layers }, () => new ViTLayer(config)));
  }

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    let states = hiddenStates;
    for (const layer of this.layer) states = layer.apply(states);
    return states;
  }
}

export class ViTModel extends Module {
  static override readonly typeName: string = 'ViTModel';
  static override readonly inputs = ['pixelValues'];
  readonly embeddings: ViTEmbeddings;
  readonly encoder: ViTEncoder;
  readonly layernorm: LayerNorm;

  constructor(config: ViTConfig) {
    super();
    this.embeddings = new ViTEmbeddings(config);
    this.encoder = new ViTEncoder(config);
    this.layernorm = new LayerNorm(config.hidden_size, { eps: config.layer_norm_eps });
  }

  /** `[batch, channel, height, width]` → `[batch, 1 + patch, width]`. */
  forward(pixelValues: tf.Tensor4D): tf.Tensor {
    return this.layernorm.apply(this.encoder.apply(this.embeddings.apply(pixelValues)));
  }
}

/** The Vision Transformer (arXiv 2010.11929) with the names of transformers' `ViTForImageClassification`. */
export class ViTForImageClassification extends ImageClassifier {
  static override readonly typeName: string = 'ViTForImageClassification';
  readonly vit: ViTModel;
  readonly classifier: Linear;
  readonly imageSize: Pair;
  readonly channels: number;
  readonly labels: readonly string[];

  /** @throws CheckpointError for a config that does not fit */
  constructor(config: Config) {
    super();
    const fields = viTConfig(config);
    this.imageSize = fields.image_size;
    this.channels = fields.num_channels;
    this.labels = labelsOf(fields);
    this.vit = new ViTModel(fields);
    this.classifier = new Linear(fields.hidden_size, this.labels.length);
  }

  forward(pixelValues: tf.Tensor4D): ImageClassifierOutput {
    checkSize(pixelValues, this.imageSize);
    const states = this.vit.apply(pixelValues);
    const [batch = 1, , width = 1] = states.shape;
    const first = states.slice([0, 0, 0], [batch, 1, width]).reshape([batch, width]);
    return { logits: this.classifier.apply(first) as tf.Tensor2D };
  }

  override nodeAliases(): ReadonlyMap<string, string> {
    return hookNames(layout(this.vit.encoder.layer.length));
  }
}

function viTConfig(config: Config): ViTConfig {
  const fields = readConfig(schema, config);
  checkMultiple(fields, 'hidden_size', 'num_attention_heads');
  return fields;
}

/** The names of the classes, two without names where a config has none, as in transformers. */
function labelsOf({ id2label, num_labels }: ViTConfig): string[] {
  const count = Object.keys(id2label).length || (num_labels ?? 2);
  return Array.from({ length: count }, (_, label) => id2label[label] ?? `LABEL_${label}`);
}

/** @throws InputError for images of another size */
function checkSize({ shape }: tf.Tensor4D, [height, width]: Pair): void {
  if (shape.length === 4 && shape[2] === height && shape[3] === width) return;
  throw new InputError(
    `The model takes images as [batch, channel, ${height}, ${width}], but got [${shape.join(', ')}].`,
  );
}

/** Hooks by the names that TransformerLens has for the parts of language models. */
function layout(layers: number): HookLayout {
  return {
    layers,
    model: {
      hook_embed: 'vit.embeddings.patch_embeddings.output',
      hook_full_embed: 'vit.embeddings.output',
      'ln_final.hook_normalized': 'vit.layernorm.mul',
    },
    block: 'vit.encoder.layer_{l}',
    inBlock: {
      hook_resid_pre: 'hiddenStates',
      'ln1.hook_normalized': 'layernorm_before.mul',
      ...attentionHooks('attention.attention'),
      hook_attn_out: 'attention.output',
      hook_resid_mid: 'resid_mid',
      'ln2.hook_normalized': 'layernorm_after.mul',
      'mlp.hook_pre': 'intermediate.pre',
      'mlp.hook_post': 'intermediate.post',
      // The submodule `output`; the name itself is that of the block's result.
      hook_mlp_out: 'output_1.output',
      hook_resid_post: 'output',
    },
  };
}

/** The name here of a key in a ViT checkpoint, or null for what classification does not use. */
export function vitKey(key: string): string | null {
  return /^vit\.(?:pooler\.|embeddings\.mask_token$)/.test(key) ? null : key;
}
