import * as tf from '@tensorflow/tfjs';
import { parameter } from '../module/tensors.js';

let skipped = false;

/** Builds modules whose parameters are zeros: for models that get their weights from a checkpoint next. */
export function withoutInit<T>(build: () => T): T {
  const before = skipped;
  skipped = true;
  try {
    return build();
  } finally {
    skipped = before;
  }
}

/** A parameter uniform in ±`bound`. */
export function uniform(shape: number[], bound: number): tf.Variable {
  return parameter(skipped ? tf.zeros(shape) : tf.randomUniform(shape, -bound, bound));
}

/** A parameter of normal values with mean 0. */
export function normal(shape: number[], deviation = 1): tf.Variable {
  return parameter(skipped ? tf.zeros(shape) : tf.randomNormal(shape, 0, deviation));
}

/** A parameter of one value. */
export function constant(shape: number[], value: number): tf.Variable {
  return parameter(tf.fill(shape, value));
}
