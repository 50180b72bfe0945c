import * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { buffer, named } from '../module/tensors.js';

/** Cosines and sines of the rotary position embedding, `[position, headDim]` each (arXiv 2104.09864). */
export class RotaryEmbedding extends Module {
  static override readonly inputs = ['length'];
  readonly inv_freq: tf.Variable;

  constructor(headDim: number, theta: number) {
    super();
    const frequencies = Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
    this.inv_freq = buffer(tf.tensor1d(frequencies));
  }

  forward(length: number): { cos: tf.Tensor; sin: tf.Tensor } {
    const angles = tf.range(0, length).expandDims(1).mul(this.inv_freq);
    const both = tf.concat([angles, angles], -1);
    return { cos: named('cos', both.cos()), sin: named('sin', both.sin()) };
  }
}

/** Rotates `x` `[batch, head, position, headDim]`, in the halves convention of Llama. */
export function applyRotary(x: tf.Tensor, { cos, sin }: { cos: tf.Tensor; sin: tf.Tensor }): tf.Tensor {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  const rotated = tf.concat([second.neg(), first], -1);
  return x.mul(cos).add(rotated.mul(sin));
}
