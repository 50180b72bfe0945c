import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { Module } from '../module/module.js';
import { constant } from './init.js';

/**
 * Mean 0 and variance 1 over the last axes, which have the sizes `dim`, then weight and bias:
 * `torch.nn.LayerNorm` (arXiv 1607.06450).
 */
export class LayerNorm extends Module {
  static override readonly typeName: string = 'LayerNorm';
  static override readonly inputs = ['input'];
  readonly weight: tf.Variable | null;
  readonly bias: tf.Variable | null;
  readonly eps: number;
  private readonly shape: readonly number[];

  constructor(dim: number | readonly number[], { eps = 1e-5, elementwiseAffine = true, bias = true } = {}) {
    super();
    this.shape = typeof dim === 'number' ? [dim] : [...dim];
    this.weight = elementwiseAffine ? constant([...this.shape], 1) : null;
    this.bias = elementwiseAffine && bias ? constant([...this.shape], 0) : null;
    this.eps = eps;
  }

  /** `[…, ...dim]`, to the same shape. @throws InputError for other last axes */
  forward(input: tf.Tensor): tf.Tensor {
    const axes = lastAxes(input, this.shape);
    const centered = input.sub(input.mean(axes, true));
    const variance = centered.square().mean(axes, true);
    const normalized = centered.mul(variance.add(this.eps).rsqrt());
    const scaled = this.weight === null ? normalized : normalized.mul(this.weight);
    return this.bias === null ? scaled : scaled.add(this.bias);
  }
}

/**
 * Root mean square 1 over the last axes, which have the sizes `dim`, then weight: `torch.nn.RMSNorm`
 * (arXiv 1910.07467).
 */
export class RMSNorm extends Module {
  static override readonly typeName: string = 'RMSNorm';
  static override readonly inputs = ['input'];
  readonly weight: tf.Variable | null;
  readonly eps: number;
  private readonly shape: readonly number[];

  /** `eps` is by default the distance of 1 from the next float32, as in PyTorch. */
  constructor(dim: number | readonly number[], { eps = 2 ** -23, elementwiseAffine = true } = {}) {
    super();
    this.shape = typeof dim === 'number' ? [dim] : [...dim];
    this.weight = elementwiseAffine ? constant([...this.shape], 1) : null;
    this.eps = eps;
  }

  /** `[…, ...dim]`, to the same shape. @throws InputError for other last axes */
  forward(input: tf.Tensor): tf.Tensor {
    const meanSquare = input.square().mean(lastAxes(input, this.shape), true);
    const normalized = input.mul(meanSquare.add(this.eps).rsqrt());
    return this.weight === null ? normalized : normalized.mul(this.weight);
  }
}

/** `RMSNorm` whose weight is a distance from 1, so that zeros change nothing, as in Gemma. */
export class GemmaRMSNorm extends Module {
  static override readonly typeName: string = 'GemmaRMSNorm';
  static override readonly inputs = ['input'];
  readonly weight: tf.Variable;
  readonly eps: number;

  constructor(dim: number, { eps = 1e-6 } = {}) {
    super();
    this.weight = constant([dim], 0);
    this.eps = eps;
  }

  /** `[…, dim]`, to the same shape. @throws InputError for another last axis */
  forward(input: tf.Tensor): tf.Tensor {
    const meanSquare = input.square().mean(lastAxes(input, this.weight.shape), true);
    return input.mul(meanSquare.add(this.eps).rsqrt()).mul(this.weight.add(1));
  }
}

/** The last axes, counted from the end. @throws InputError if they have other sizes */
function lastAxes({ shape }: tf.Tensor, sizes: readonly number[]): number[] {
  if (!tf.util.arraysEqual(shape.slice(-sizes.length), [...sizes])) {
    throw new InputError(
      `A norm over axes of sizes [${sizes.join(', ')}] got an input of shape [${shape.join(', ')}].`,
    );
  }
  return sizes.map((_, axis) => axis - sizes.length);
}
