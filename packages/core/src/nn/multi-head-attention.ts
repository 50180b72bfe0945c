import type * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { attend, mergeHeads, splitHeads } from './attention.js';
import { extendKeyValues } from './key-values.js';
import { Linear } from './linear.js';

/** The sizes and settings of an attention layer without rotary positions. */
export interface MultiHeadAttentionOptions {
  readonly hiddenSize: number;
  /** A divisor of `hiddenSize`. */
  readonly heads: number;
  /** Whether the projections to queries, keys and values have a bias, and that of the output. */
  readonly inputBias: boolean;
  readonly outputBias: boolean;
  /** Products are multiplied with it, by default 1/√(dimensions of a head). */
  readonly scale?: number;
}

/** Causal self-attention (arXiv 1706.03762). Names the nodes `q k v`, `scores`, `pattern` and `z`. */
export class MultiHeadAttention extends Module {
  static override readonly typeName: string = 'MultiHeadAttention';
  static override readonly inputs = ['hiddenStates', 'mask'];
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly q_proj: Linear;
  readonly out_proj: Linear;
  readonly heads: number;
  readonly scale: number;

  constructor({ hiddenSize, heads, inputBias: bias, outputBias, scale }: MultiHeadAttentionOptions) {
    super();
    this.k_proj = new Linear(hiddenSize, hiddenSize, { bias });
    this.v_proj = new Linear(hiddenSize, hiddenSize, { bias });
    this.q_proj = new Linear(hiddenSize, hiddenSize, { bias });
    this.out_proj = new Linear(hiddenSize, hiddenSize, { bias: outputBias });
    this.heads = heads;
    this.scale = scale ?? 1 / Math.sqrt(hiddenSize / heads);
  }

  forward(hiddenStates: tf.Tensor, mask: tf.Tensor): tf.Tensor {
    const q = named('q', splitHeads(this.q_proj.apply(hiddenStates), this.heads));
    const k = named('k', splitHeads(this.k_proj.apply(hiddenStates), this.heads));
    const v = named('v', splitHeads(this.v_proj.apply(hiddenStates), this.heads));
    const all = extendKeyValues({ k, v });
    const z = attend(q, all.k, all.v, mask, { scale: this.scale });
    return this.out_proj.apply(mergeHeads(z));
  }
}
