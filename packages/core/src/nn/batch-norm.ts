import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { Module } from '../module/module.js';
import { buffer } from '../module/tensors.js';
import { constant } from './init.js';

/** Settings of a `BatchNorm2d`. */
export interface BatchNorm2dOptions {
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
  /** Share of a new batch in the running statistics: kept for training elsewhere, without effect here. */
  readonly momentum?: number | null;
  /** Whether there are a weight and a bias; true by default. */
  readonly affine?: boolean;
  /** Whether there are running statistics; if false, those of the batch are used. True by default. */
  readonly trackRunningStats?: boolean;
}

/**
 * Mean 0 and variance 1 in each channel, then weight and bias: `torch.nn.BatchNorm2d` in inference (arXiv
 * 1502.03167). The statistics are the buffers `running_mean` and `running_var` `[features]`; `num_batches_tracked`
 * is in checkpoints and has no effect.
 */
export class BatchNorm2d extends Module {
  static override readonly typeName: string = 'BatchNorm2d';
  static override readonly inputs = ['input'];
  readonly weight: tf.Variable | null;
  readonly bias: tf.Variable | null;
  readonly running_mean: tf.Variable | null;
  readonly running_var: tf.Variable | null;
  readonly num_batches_tracked: tf.Variable | null;
  readonly eps: number;
  readonly momentum: number | null;
  /** Of the statistics, to broadcast against images. */
  private readonly shape: readonly number[];

  constructor(
    numFeatures: number,
    { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNorm2dOptions = {},
  ) {
    super();
    const statistic = (value: number) => buffer(tf.fill([numFeatures], value));
    this.weight = affine ? constant([numFeatures], 1) : null;
    this.bias = affine ? constant([numFeatures], 0) : null;
    this.running_mean = trackRunningStats ? statistic(0) : null;
    this.running_var = trackRunningStats ? statistic(1) : null;
    this.num_batches_tracked = trackRunningStats ? buffer(tf.scalar(0, 'int32')) : null;
    this.eps = eps;
    this.momentum = momentum;
    this.shape = [numFeatures, 1, 1];
  }

  /**
   * `[batch, features, height, width]`, to the same shape.
   * @throws InputError for another rank or number of channels
   */
  forward(input: tf.Tensor): tf.Tensor {
    const shape = [...this.shape];
    if (input.rank !== 4 || input.shape[1] !== shape[0]) {
      throw new InputError(
        `BatchNorm2d expects [batch, ${shape[0]}, height, width], but got [${input.shape.join(', ')}].`,
      );
    }
    const centered = input.sub(this.running_mean?.reshape(shape) ?? input.mean([0, 2, 3], true));
    const variance = this.running_var?.reshape(shape) ?? centered.square().mean([0, 2, 3], true);
    const normalized = centered.mul(variance.add(this.eps).rsqrt());
    const scaled = this.weight === null ? normalized : normalized.mul(this.weight.reshape(shape));
    return this.bias === null ? scaled : scaled.add(this.bias.reshape(shape));
  }
}
