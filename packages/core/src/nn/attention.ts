import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { named } from '../module/tensors.js';

/**
 * What stands in for −∞ in masked scores. It is finite because WGSL may assume that infinities do not occur, and a
 * little above the lowest float32, which transformers has: tfjs's softmax on WebGPU starts its maximum at -3.402823e38,
 * and gives NaN for a row of nothing lower, which is what a query sees whose keys are all padding.
 */
const MASKED = -3.4e38;

/** What a mask holds against besides later positions. */
export interface MaskOptions {
  /** How many positions lie before the queries. */
  readonly start?: number;
  /** How many positions a query sees at most, its own included (arXiv 2004.05150); null for all. */
  readonly window?: number | null;
  /** `[batch, key]`, 0 where a key is padding; null for none. */
  readonly padding?: tf.Tensor2D | null;
}

/**
 * Which keys a query may see, bool `[query, key]`, or `[batch, 1, query, key]` where there is padding: those at its
 * position and before. The queries are `length` positions after `start` others, the keys all of them.
 * @throws InputError if the padding does not cover the keys of each row
 */
export function causalMask(
  [batch, length]: readonly [batch: number, length: number],
  { start = 0, window = null, padding = null }: MaskOptions = {},
): tf.Tensor {
  const keys = tf.range(0, start + length, 1, 'int32');
  const queries = (start === 0 ? keys : named('queries', keys.slice(start))).expandDims(1);
  let mask: tf.Tensor = tf.lessEqual(keys, queries);
  if (window !== null) mask = mask.logicalAnd(tf.greater(keys, queries.sub(tf.scalar(window, 'int32'))));
  return padding === null ? mask : mask.logicalAnd(paddingMask(padding, [batch, start + length]));
}

/**
 * Which keys are no padding, bool `[batch, 1, 1, key]`. `attentionMask` is `[batch, key]`, 0 at padding.
 * @throws InputError if it has another shape
 */
export function paddingMask(
  attentionMask: tf.Tensor2D,
  shape: readonly [batch: number, length: number],
): tf.Tensor4D {
  if (!tf.util.arraysEqual(attentionMask.shape, [...shape])) {
    throw new InputError(
      `The attention mask has the shape [${attentionMask.shape.join(', ')}]; it has to be [${shape.join(', ')}], one number for each position.`,
    );
  }
  return attentionMask.notEqual(tf.zerosLike(attentionMask)).expandDims(1).expandDims(1) as tf.Tensor4D;
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

/** How scores are made of products. */
export interface ScoreOptions {
  /** Products are multiplied with it. */
  readonly scale: number;
  /** Scores are pressed into ±`softCap` by tanh (arXiv 2408.00118); null for none. */
  readonly softCap?: number | null;
}

/**
 * Scaled dot-product attention (arXiv 1706.03762) where `mask`, broadcast to the scores, is true, or everywhere
 * without one. Names the nodes `scores` and `pattern` `[batch, head, query, key]` and `z` `[batch, head, query, headDim]`.
 */
export function attend(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  mask: tf.Tensor | null,
  { scale, softCap = null }: ScoreOptions,
): tf.Tensor4D {
  const products = capped(tf.matMul(q, k, false, true).mul(scale), softCap);
  const scores = named('scores', mask === null ? products : tf.where(mask, products, MASKED));
  const pattern = named('pattern', tf.softmax(scores));
  return named('z', tf.matMul(pattern, v) as tf.Tensor4D);
}

/** Presses values smoothly into ±`cap`; null changes nothing. */
export function capped<T extends tf.Tensor>(x: T, cap: number | null): T {
  return cap === null ? x : (x.div(cap).tanh().mul(cap) as T);
}
