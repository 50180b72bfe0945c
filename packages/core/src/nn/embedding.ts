import * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { normal } from './init.js';

/** Rows of `weight` `[num, dim]` by int32 index, as `torch.nn.Embedding`. */
export class Embedding extends Module {
  static override readonly typeName: string = 'Embedding';
  static override readonly inputs = ['input'];
  readonly weight: tf.Variable;

  constructor(num: number, dim: number) {
    super();
    this.weight = normal([num, dim]);
  }

  /** int32 `[…]` → `[…, dim]`. Indices must be in range; a GPU gives zeros for others, silently. */
  forward(input: tf.Tensor): tf.Tensor {
    return tf.gather(this.weight, input);
  }
}
