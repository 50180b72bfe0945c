import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import { pickRows } from './pick-rows.js';
import type { Box, ResolvedSlice } from './slice-plan.js';

/** What a slice selects of `tensor`, as a tensor of the caller's. Gradients flow, unless it is nothing. */
export function readSlice(tensor: tf.Tensor, { shape, box, rows }: ResolvedSlice): tf.Tensor {
  if (shape.includes(0)) return tf.tensor([], [...shape], tensor.dtype);
  return tf.tidy(() => {
    const inBox = readBox(tensor, box);
    const selected =
      rows === null ? inBox : pickRows(inBox.reshape([rows.outer, rows.count, rows.inner]), rows.picked);
    return selected.reshape([...shape]);
  });
}

/**
 * A tensor like `tensor` in which what the slice selects is `value`, of the slice's shape. Of entries
 * that are selected twice the last one counts, as in NumPy. Gradients flow to both, to `value` unless it
 * is empty.
 * @throws PatchError if the shapes differ
 */
export function assignSlice(tensor: tf.Tensor, slice: ResolvedSlice, value: tf.Tensor): tf.Tensor {
  const { shape, box, rows } = slice;
  if (!tf.util.arraysEqual(value.shape, [...shape])) {
    throw new PatchError(
      `A value of shape [${value.shape.join(', ')}] does not fit the selected shape [${shape.join(', ')}].`,
    );
  }
  if (shape.includes(0)) return tensor.clone();
  return tf.tidy(() => {
    if (rows === null) return writeBox(tensor, box, value);
    const { outer, count, inner } = rows;
    const before = readBox(tensor, box).reshape([outer, count, inner]);
    const both = tf.concat([before, value.reshape([outer, -1, inner])], 1);
    return writeBox(tensor, box, pickRows(both as tf.Tensor3D, rows.replaced));
  });
}

function readBox(tensor: tf.Tensor, box: Box | null): tf.Tensor {
  return box === null ? tensor : tensor.reshape([...box.shape]).slice([...box.begin], [...box.size]);
}

/** Replaces a box by `part`, of any shape with its entries in order. */
function writeBox(tensor: tf.Tensor, box: Box | null, part: tf.Tensor): tf.Tensor {
  if (box === null) return part.reshape(tensor.shape);
  return replaceFrom(0, tensor.reshape([...box.shape]), box, part.reshape([...box.size])).reshape(
    tensor.shape,
  );
}

/** Puts `part` between what lies before and after it, one axis after the other: copying needs no mask. */
function replaceFrom(axis: number, tensor: tf.Tensor, box: Box, part: tf.Tensor): tf.Tensor {
  if (axis === box.shape.length) return part;
  const [length = 0, begin = 0, size = 0] = [box.shape[axis], box.begin[axis], box.size[axis]];
  if (size === length) return replaceFrom(axis + 1, tensor, box, part);
  const along = (from: number, to: number) => {
    const start = tensor.shape.map((_, each) => (each === axis ? from : 0));
    return tensor.slice(
      start,
      tensor.shape.map((own, each) => (each === axis ? to - from : own)),
    );
  };
  const end = begin + size;
  const isLast = box.size.every((own, each) => each <= axis || own === box.shape[each]);
  const middle = isLast ? part : replaceFrom(axis + 1, along(begin, end), box, part);
  return tf.concat(
    [...(begin > 0 ? [along(0, begin)] : []), middle, ...(end < length ? [along(end, length)] : [])],
    axis,
  );
}
