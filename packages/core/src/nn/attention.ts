import * as tf from '@tensorflow/tfjs';
import { named } from '../module/tensors.js';

/**
 * What stands in for −∞ in masked scores: the lowest float32, as in transformers. It is finite
 * because WGSL may assume that infinities do not occur.
 */
const MASKED = -3.4028234663852886e38;

/**
 * Which keys a query may see, bool `[query, key]`: those at its position and before. The queries are `length`
 * positions after `start` others, the keys all of them.
 */
export function causalMask(length: number, start = 0): tf.Tensor2D {
  const keys = tf.range(0, start + length, 1, 'int32');
  const queries = start === 0 ? keys : named('queries', keys.slice(start));
  return tf.lessEqual(keys, queries.expandDims(1)) as tf.Tensor2D;
}

/** `[batch, position, head · headDim]` → `[batch, head, position, headDim]`. */
export function splitHeads(x: tf.Tensor, heads: number): tf.Tensor4D {
  const [batch = 1, length = 1, width = 1] = x.shape;
  return x.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
}

/** `[batch, head, position, headDim]` → `[batch, position, head · headDim]`. */
export function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, length, dim] = x.shape;
  return x.transpose([0, 2, 1, 3]).reshape([batch, length, heads * dim]);
}

/**
 * Repeats each key or value head for the query heads that share it (grouped-query attention, arXiv
 * 2305.13245). On WebGPU tfjs tiles tensors of rank 5 on the CPU, so this one stays at rank 3.
 */
export function repeatHeads(x: tf.Tensor4D, times: number): tf.Tensor4D {
  if (times === 1) return x;
  const [batch, heads, length, dim] = x.shape;
  const rows = x.reshape([batch * heads, 1, length * dim]);
  return rows.tile([1, times, 1]).reshape([batch, heads * times, length, dim]);
}

/**
 * Scaled dot-product attention (arXiv 1706.03762). Names the nodes `scores` and `pattern`
 * `[batch, head, query, key]` and `z` `[batch, head, query, headDim]`.
 */
export function attend(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  mask: tf.Tensor2D,
  scale: number,
): tf.Tensor4D {
  const products = tf.matMul(q, k, false, true).mul(scale);
  const scores = named('scores', tf.where(mask, products, MASKED));
  const pattern = named('pattern', tf.softmax(scores));
  return named('z', tf.matMul(pattern, v) as tf.Tensor4D);
}
