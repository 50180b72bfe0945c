import type * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { constant } from './init.js';

/** Mean 0 and variance 1 over the last axis, then weight and bias: `torch.nn.LayerNorm` (arXiv 1607.06450). */
export class LayerNorm extends Module {
  static override readonly inputs = ['input'];
  readonly weight: tf.Variable;
  readonly bias: tf.Variable;
  readonly eps: number;

  constructor(dim: number, { eps = 1e-5 } = {}) {
    super();
    this.weight = constant([dim], 1);
    this.bias = constant([dim], 0);
    this.eps = eps;
  }

  /** `[…, dim]` → `[…, dim]`. */
  forward(input: tf.Tensor): tf.Tensor {
    const centered = input.sub(input.mean(-1, true));
    const variance = centered.square().mean(-1, true);
    return centered.mul(variance.add(this.eps).rsqrt()).mul(this.weight).add(this.bias);
  }
}

/** Root mean square 1 over the last axis, then weight: `torch.nn.RMSNorm` (arXiv 1910.07467). */
export class RMSNorm extends Module {
  static override readonly inputs = ['input'];
  readonly weight: tf.Variable;
  readonly eps: number;

  /** `eps` is by default the distance of 1 from the next float32, as in PyTorch. */
  constructor(dim: number, { eps = 2 ** -23 } = {}) {
    super();
    this.weight = constant([dim], 1);
    this.eps = eps;
  }

  /** `[…, dim]` → `[…, dim]`. */
  forward(input: tf.Tensor): tf.Tensor {
    const meanSquare = input.square().mean(-1, true);
    return input.mul(meanSquare.add(this.eps).rsqrt()).mul(this.weight);
  }
}
