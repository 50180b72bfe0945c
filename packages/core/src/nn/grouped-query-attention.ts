import type * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { attend, mergeHeads, repeatHeads, splitHeads } from './attention.js';
import { extendKeyValues } from './key-values.js';
import { Linear } from './linear.js';
import type { RMSNorm } from './norm.js';
import { applyRotary, type Rotation } from './rotary.js';

/** The sizes and settings of an attention layer with rotary positions. */
export interface GroupedQueryAttentionOptions {
  readonly hiddenSize: number;
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`. */
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Whether the projections to queries, keys and values have a bias, and that of the output. */
  readonly inputBias?: boolean;
  readonly outputBias?: boolean;
  /** Products are multiplied with it, by default 1/√headDim. */
  readonly scale?: number;
  readonly softCap?: number | null;
  /** Makes the norms that queries and keys go through head by head, if there are any. */
  readonly norm?: () => RMSNorm;
}

/**
 * Self-attention whose query heads share keys and values in groups (arXiv 2305.13245), with rotary positions. Names
 * the nodes `q k v`, `rot_q rot_k` (those after norm and rotation), `scores`, `pattern` and `z`.
 */
export class GroupedQueryAttention extends Module {
  static override readonly typeName: string = 'GroupedQueryAttention';
  static override readonly inputs = ['hiddenStates', 'rotation', 'mask'];
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;
  readonly q_norm: RMSNorm | null;
  readonly k_norm: RMSNorm | null;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly scale: number;
  readonly softCap: number | null;

  constructor(options: GroupedQueryAttentionOptions) {
    super();
    const { hiddenSize, heads, keyValueHeads, headDim, inputBias: bias = false, norm } = options;
    this.q_proj = new Linear(hiddenSize, heads * headDim, { bias });
    this.k_proj = new Linear(hiddenSize, keyValueHeads * headDim, { bias });
    this.v_proj = new Linear(hiddenSize, keyValueHeads * headDim, { bias });
    this.o_proj = new Linear(heads * headDim, hiddenSize, { bias: options.outputBias ?? false });
    this.q_norm = norm?.() ?? null;
    this.k_norm = norm?.() ?? null;
    this.heads = heads;
    this.keyValueHeads = keyValueHeads;
    this.scale = options.scale ?? 1 / Math.sqrt(headDim);
    this.softCap = options.softCap ?? null;
  }

  forward(hiddenStates: tf.Tensor, rotation: Rotation, mask: tf.Tensor): tf.Tensor {
    const q = named('q', splitHeads(this.q_proj.apply(hiddenStates), this.heads));
    const k = named('k', splitHeads(this.k_proj.apply(hiddenStates), this.keyValueHeads));
    const v = named('v', splitHeads(this.v_proj.apply(hiddenStates), this.keyValueHeads));
    const rotQ = named('rot_q', applyRotary(normed(q, this.q_norm), rotation));
    const rotK = named('rot_k', applyRotary(normed(k, this.k_norm), rotation));
    const times = this.heads / this.keyValueHeads;
    const all = extendKeyValues({ k: rotK, v });
    const { scale, softCap } = this;
    const z = attend(rotQ, repeatHeads(all.k, times), repeatHeads(all.v, times), mask, { scale, softCap });
    return this.o_proj.apply(mergeHeads(z));
  }
}

function normed(x: tf.Tensor4D, norm: RMSNorm | null): tf.Tensor4D {
  return norm === null ? x : (norm.apply(x) as tf.Tensor4D);
}
