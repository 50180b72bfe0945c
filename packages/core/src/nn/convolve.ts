import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import type { Pair } from './pair.js';

/** How a kernel moves over an image. */
export interface Convolution {
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Zeros before and after, for height and for width. */
  readonly padding: readonly [vertical: Pair, horizontal: Pair];
  readonly groups: number;
}

/**
 * Convolution of `x` `[batch, height, width, in]` with `filter` `[height, width, in / groups, out]`.
 * @throws InputError where the kernel is larger than the padded image
 */
export function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, convolution: Convolution): tf.Tensor4D {
  const { dilations, padding } = convolution;
  for (const axis of [0, 1] as const) {
    const size = (x.shape[axis + 1] as number) + padding[axis][0] + padding[axis][1];
    const reach = dilations[axis] * ((filter.shape[axis] as number) - 1) + 1;
    if (reach <= size) continue;
    const what = axis === 0 ? 'height' : 'width';
    throw new InputError(`The kernel reaches over ${reach} in ${what}, but the padded input has ${size}.`);
  }
  return dilations.every((each) => each === 1)
    ? inGroups(x, filter, convolution)
    : dilated(x, filter, convolution);
}

/**
 * With dilation d every d-th position meets: so an image for each phase, undilated. The dilation of tfjs itself
 * has no gradient, and no strides beside it.
 */
function dilated(x: tf.Tensor4D, filter: tf.Tensor4D, convolution: Convolution): tf.Tensor4D {
  const dilations = [...convolution.dilations];
  const crops = dilations.map((step, axis) => {
    const [before, after] = convolution.padding[axis as 0 | 1];
    const size = (x.shape[axis + 1] as number) + before + after;
    return [0, (step - (size % step)) % step];
  });
  const padding = crops.map(([, crop = 0], axis) => {
    const [before, after] = convolution.padding[axis as 0 | 1];
    return [before, after + crop];
  });
  const phases = tf.spaceToBatchND(x, dilations, padding);
  const none: Convolution['padding'] = [
    [0, 0],
    [0, 0],
  ];
  const convolved = inGroups(phases, filter, { ...convolution, strides: [1, 1], padding: none });
  const whole = tf.batchToSpaceND(convolved, dilations, crops);
  // A window of one element takes every stride-th position, and has a gradient, unlike stridedSlice.
  const { strides } = convolution;
  return strides.every((each) => each === 1) ? whole : tf.avgPool(whole, 1, [...strides], 'valid');
}

/** Convolution of each group of channels by itself, without dilation. */
function inGroups(x: tf.Tensor4D, filter: tf.Tensor4D, convolution: Convolution): tf.Tensor4D {
  const { strides, padding, groups } = convolution;
  const stride: [number, number] = [...strides];
  const pad: tf.backend_util.ExplicitPadding = [[0, 0], [...padding[0]], [...padding[1]], [0, 0]];
  if (groups === 1) return tf.conv2d(x, filter, stride, pad);
  const [height, width, , out] = filter.shape;
  if (groups === x.shape[3]) {
    const each = filter.reshape<tf.Tensor4D>([height, width, groups, out / groups]);
    return tf.depthwiseConv2d(x, each, stride, pad);
  }
  const filters = tf.split(filter, groups, 3);
  const parts = tf.split(x, groups, 3).map((part, group) => {
    return tf.conv2d(part as tf.Tensor4D, filters[group] as tf.Tensor4D, stride, pad);
  });
  return tf.concat(parts, 3);
}
