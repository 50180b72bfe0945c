import * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { attend, mergeHeads, repeatHeads, splitHeads } from './attention.js';
import { extendKeyValues } from './key-values.js';
import { Linear } from './linear.js';
import type { GemmaRMSNorm, RMSNorm } from './norm.js';
import { applyRotary, type Rotation } from './rotary.js';

/** What queries and keys may go through head by head. */
type HeadNorm = RMSNorm | GemmaRMSNorm;

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
  readonly norm?: () => HeadNorm;
}

/**
 * Self-attention whose query heads share keys and values in groups (arXiv 2305.13245), with rotary positions. Names
 * the nodes `q k v`, `rot_q rot_k` (those after norm and rotation), `scores`, `pattern` and `z`.
 */
abstract class RotaryAttention extends Module {
  static override readonly inputs = ['hiddenStates', 'rotation', 'mask'];
  abstract readonly o_proj: Linear;
  abstract readonly q_norm: HeadNorm | null;
  abstract readonly k_norm: HeadNorm | null;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly scale: number;
  readonly softCap: number | null;

  constructor({ heads, keyValueHeads, headDim, scale, softCap }: GroupedQueryAttentionOptions) {
    super();
    this.heads = heads;
    this.keyValueHeads = keyValueHeads;
    this.scale = scale ?? 1 / Math.sqrt(headDim);
    this.softCap = softCap ?? null;
  }

  /** Queries, keys and values, `[batch, position, heads · headDim]` each. */
  protected abstract project(hiddenStates: tf.Tensor): [q: tf.Tensor, k: tf.Tensor, v: tf.Tensor];

  forward(hiddenStates: tf.Tensor, rotation: Rotation, mask: tf.Tensor): tf.Tensor {
    const [queries, keys, values] = this.project(hiddenStates);
    const q = named('q', splitHeads(queries, this.heads));
    const k = named('k', splitHeads(keys, this.keyValueHeads));
    const v = named('v', splitHeads(values, this.keyValueHeads));
    const rotQ = named('rot_q', applyRotary(normed(q, this.q_norm), rotation));
    const rotK = named('rot_k', applyRotary(normed(k, this.k_norm), rotation));
    const times = this.heads / this.keyValueHeads;
    const all = extendKeyValues({ k: rotK, v });
    const { scale, softCap } = this;
    const z = attend(rotQ, repeatHeads(all.k, times), repeatHeads(all.v, times), mask, { scale, softCap });
    return this.o_proj.apply(mergeHeads(z));
  }
}

function normed(x: tf.Tensor4D, norm: HeadNorm | null): tf.Tensor4D {
  return norm === null ? x : (norm.apply(x) as tf.Tensor4D);
}

/** `RotaryAttention` with a matrix each for queries, keys and values. */
export class GroupedQueryAttention extends RotaryAttention {
  static override readonly typeName: string = 'GroupedQueryAttention';
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;
  readonly q_norm: HeadNorm | null;
  readonly k_norm: HeadNorm | null;

  constructor(options: GroupedQueryAttentionOptions) {
    super(options);
    const { hiddenSize, heads, keyValueHeads, headDim, inputBias: bias = false, norm } = options;
    this.q_proj = new Linear(hiddenSize, heads * headDim, { bias });
    this.k_proj = new Linear(hiddenSize, keyValueHeads * headDim, { bias });
    this.v_proj = new Linear(hiddenSize, keyValueHeads * headDim, { bias });
    this.o_proj = new Linear(heads * headDim, hiddenSize, { bias: options.outputBias ?? false });
    this.q_norm = norm?.() ?? null;
    this.k_norm = norm?.() ?? null;
  }

  protected project(hiddenStates: tf.Tensor): [q: tf.Tensor, k: tf.Tensor, v: tf.Tensor] {
    return [
      this.q_proj.apply(hiddenStates),
      this.k_proj.apply(hiddenStates),
      this.v_proj.apply(hiddenStates),
    ];
  }
}

/** `RotaryAttention` with one matrix for queries, keys and values, as in Phi-3. */
export class FusedGroupedQueryAttention extends RotaryAttention {
  static override readonly typeName: string = 'FusedGroupedQueryAttention';
  readonly o_proj: Linear;
  readonly qkv_proj: Linear;
  readonly q_norm = null;
  readonly k_norm = null;
  private readonly widths: readonly [q: number, k: number, v: number];

  constructor(options: GroupedQueryAttentionOptions) {
    super(options);
    const { hiddenSize, heads, keyValueHeads, headDim, inputBias: bias = false } = options;
    const [q, kv] = [heads * headDim, keyValueHeads * headDim];
    this.o_proj = new Linear(q, hiddenSize, { bias: options.outputBias ?? false });
    this.qkv_proj = new Linear(hiddenSize, q + 2 * kv, { bias });
    this.widths = [q, kv, kv];
  }

  protected project(hiddenStates: tf.Tensor): [q: tf.Tensor, k: tf.Tensor, v: tf.Tensor] {
    const joined = this.qkv_proj.apply(hiddenStates);
    return tf.split(joined, [...this.widths], -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  }
}
