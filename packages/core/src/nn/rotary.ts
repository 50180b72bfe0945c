import * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { dependsOnLength, inverseFrequencies, type RopeSettings, ropeScale } from './rope.js';

/** Cosines and sines, `[position, dim]` each, where both halves of the dimensions have the same angles. */
export interface Rotation {
  readonly cos: tf.Tensor2D;
  readonly sin: tf.Tensor2D;
}

/** The table of the rotary position embedding (arXiv 2104.09864) for the first `dim` dimensions of a head. */
export class RotaryEmbedding extends Module {
  static override readonly typeName: string = 'RotaryEmbedding';
  static override readonly inputs = ['length', 'start'];
  private readonly settings: { readonly dim: number; readonly rope: RopeSettings };

  constructor(dim: number, rope: RopeSettings) {
    super();
    this.settings = { dim, rope };
  }

  /** The table of `length` positions after `start` others. */
  forward(length: number, start = 0): Rotation {
    return {
      cos: named('cos', this.table(length, start, Math.cos)),
      sin: named('sin', this.table(length, start, Math.sin)),
    };
  }

  /** True where the angles of a position depend on the length of the whole input. */
  dependsOnLength(): boolean {
    return dependsOnLength(this.settings.rope);
  }

  /** Made on the CPU: WGSL promises cosines and sines only to 2⁻¹¹, which is visible in the logits. */
  private table(length: number, start: number, fn: (angle: number) => number): tf.Tensor2D {
    const { dim, rope } = this.settings;
    // Rounded as in PyTorch, whose tables are of float32 frequencies and angles.
    const frequencies = Float32Array.from(inverseFrequencies(rope, dim, start + length));
    const scale = ropeScale(rope);
    const values = Float32Array.from({ length: length * dim }, (_, at) => {
      const position = start + Math.floor(at / dim);
      return scale * fn(Math.fround(position * (frequencies[at % frequencies.length] as number)));
    });
    return tf.tensor2d(values, [length, dim]);
  }
}

/**
 * Rotates the first dimensions of `x` `[batch, head, position, headDim]`, as many as the table has, in the halves
 * convention of Llama and GPT-NeoX.
 */
export function applyRotary(x: tf.Tensor4D, { cos, sin }: Rotation): tf.Tensor4D {
  const [, , , headDim] = x.shape;
  const [, dim] = cos.shape;
  if (dim === headDim) return rotate(x, cos, sin);
  const [turned, rest] = tf.split(x, [dim, headDim - dim], -1) as [tf.Tensor4D, tf.Tensor4D];
  return tf.concat([rotate(turned, cos, sin), rest], -1);
}

function rotate(x: tf.Tensor4D, cos: tf.Tensor2D, sin: tf.Tensor2D): tf.Tensor4D {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  return x.mul(cos).add(tf.concat([second.neg(), first], -1).mul(sin)) as tf.Tensor4D;
}
