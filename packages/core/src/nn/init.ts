import * as tf from '@tensorflow/tfjs';
import { parameter } from '../module/tensors.js';

let skipped = false;

/**
 * Builds modules whose weights take no memory: for models that get them from a checkpoint next. Until a weight is
 * assigned, its variable has the right shape and dtype but no numbers, and must not be computed with.
 */
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
  return parameter(skipped ? placeholder(shape) : tf.randomUniform(shape, -bound, bound));
}

/** A parameter of normal values with mean 0. */
export function normal(shape: number[], deviation = 1): tf.Variable {
  return parameter(skipped ? placeholder(shape) : tf.randomNormal(shape, 0, deviation));
}

/** A parameter of one value. */
export function constant(shape: number[], value: number): tf.Variable {
  return parameter(skipped ? placeholder(shape) : tf.fill(shape, value));
}

/** A float32 tensor of a shape, whose data on the backend has length 0. */
export function placeholder(shape: number[]): tf.Tensor {
  const dataId = tf.backend().write(new Float32Array(0), [0], 'float32');
  return tf.engine().makeTensorFromDataId(dataId, shape, 'float32');
}
