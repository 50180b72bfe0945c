import * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';

/** Cosines and sines of the rotary position embedding, `[position, headDim]` each (arXiv 2104.09864). */
export class RotaryEmbedding extends Module {
  static override readonly typeName: string = 'RotaryEmbedding';
  static override readonly inputs = ['length', 'start'];
  readonly inv_freq: Float32Array;

  constructor(headDim: number, theta: number) {
    super();
    this.inv_freq = Float32Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
  }

  /** The table of `length` positions after `start` others. */
  forward(length: number, start = 0): { cos: tf.Tensor2D; sin: tf.Tensor2D } {
    return {
      cos: named('cos', this.table(length, start, Math.cos)),
      sin: named('sin', this.table(length, start, Math.sin)),
    };
  }

  /** Made on the CPU: WGSL promises cosines and sines only to 2⁻¹¹, which is visible in the logits. */
  private table(length: number, start: number, fn: (angle: number) => number): tf.Tensor2D {
    const half = this.inv_freq.length;
    const values = Float32Array.from({ length: length * 2 * half }, (_, at) => {
      const position = start + Math.floor(at / (2 * half));
      return fn(Math.fround(position * (this.inv_freq[at % half] as number)));
    });
    return tf.tensor2d(values, [length, 2 * half]);
  }
}

/** Rotates `x` `[batch, head, position, headDim]`, in the halves convention of Llama. */
export function applyRotary(x: tf.Tensor, { cos, sin }: { cos: tf.Tensor; sin: tf.Tensor }): tf.Tensor {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  const rotated = tf.concat([second.neg(), first], -1);
  return x.mul(cos).add(rotated.mul(sin));
}
