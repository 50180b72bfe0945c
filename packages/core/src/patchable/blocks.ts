import * as tf from '@tensorflow/tfjs';

/** Blocks of equal size along an axis: the copies of a value in a batch of variants. */
export interface Blocks {
  readonly axis: number;
  readonly count: number;
}

/** `count` copies of a tensor along an axis. */
export function stack(tensor: tf.Tensor, { axis, count }: Blocks): tf.Tensor {
  return count === 1 ? tensor.clone() : tf.concat(new Array<tf.Tensor>(count).fill(tensor), axis);
}

/** The blocks from `first` up to but without `end`. */
export function slice(tensor: tf.Tensor, { axis, count }: Blocks, first: number, end = first + 1): tf.Tensor {
  const size = (tensor.shape[axis] as number) / count;
  const begin = tensor.shape.map((_, i) => (i === axis ? first * size : 0));
  const shape = tensor.shape.map((whole, i) => (i === axis ? (end - first) * size : whole));
  return tensor.slice(begin, shape);
}

/** The tensor with some blocks changed; `change` answers with null where a block stays. */
export function changeBlocks(
  tensor: tf.Tensor,
  blocks: Blocks,
  change: (index: number, read: () => tf.Tensor) => tf.Tensor | null,
): tf.Tensor {
  const pieces: tf.Tensor[] = [];
  let first = 0;
  for (let index = 0; index < blocks.count; index += 1) {
    const changed = change(index, () => slice(tensor, blocks, index));
    if (changed === null) continue;
    if (first < index) pieces.push(slice(tensor, blocks, first, index));
    pieces.push(changed);
    first = index + 1;
  }
  if (first === 0) return tensor.clone();
  if (first < blocks.count) pieces.push(slice(tensor, blocks, first, blocks.count));
  return pieces.length === 1 ? (pieces[0] as tf.Tensor) : tf.concat(pieces, blocks.axis);
}
