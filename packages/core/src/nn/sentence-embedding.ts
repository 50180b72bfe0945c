import * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { paddingMask } from './attention.js';

/** How one vector is made of those of all positions. */
export interface SentenceEmbeddingSettings {
  /** The mean of the states of all positions but padding, or the first one's. */
  readonly pooling: 'mean' | 'cls';
  /** Whether the vector is scaled to length 1. */
  readonly isNormalized: boolean;
}

/** One vector for each text, as the modules `Pooling` and `Normalize` of sentence-transformers make it (arXiv 1908.10084). */
export class SentenceEmbedding extends Module {
  static override readonly typeName: string = 'SentenceEmbedding';
  static override readonly inputs = ['hiddenStates', 'attentionMask'];
  private readonly settings: SentenceEmbeddingSettings;

  constructor(settings: SentenceEmbeddingSettings) {
    super();
    this.settings = settings;
  }

  /** `[batch, position, width]`, and 0 at padding `[batch, position]` → `[batch, width]`. */
  forward(hiddenStates: tf.Tensor3D, attentionMask: tf.Tensor2D | null): tf.Tensor2D {
    const pooled = this.pool(hiddenStates, attentionMask);
    if (!this.settings.isNormalized) return pooled;
    // Small bounds as in PyTorch's `normalize` and in sentence-transformers.
    return pooled.div(pooled.square().sum(-1, true).sqrt().maximum(1e-12));
  }

  private pool(hiddenStates: tf.Tensor3D, attentionMask: tf.Tensor2D | null): tf.Tensor2D {
    const [batch, length, width] = hiddenStates.shape;
    if (this.settings.pooling === 'cls')
      return hiddenStates.slice([0, 0, 0], [batch, 1, width]).reshape([batch, width]);
    if (attentionMask === null) return hiddenStates.mean(1);
    const kept = paddingMask(attentionMask, [batch, length]).reshape([batch, length, 1]);
    // Not by a cast: on WebGPU kernels of tfjs do not compile for a boolean that was cast to a number.
    const count = tf.where(kept, 1, 0).sum<tf.Tensor2D>(1).maximum(1e-9);
    return tf.where(kept, hiddenStates, 0).sum<tf.Tensor2D>(1).div(count);
  }
}
