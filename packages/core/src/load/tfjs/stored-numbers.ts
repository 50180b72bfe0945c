import * as tf from '@tensorflow/tfjs';

/** A tensor's values on the host. */
export interface Numbers {
  readonly values: tf.TypedArray | string[];
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** The values of a tensor that is not on a GPU yet. */
export function numbersOf(tensor: tf.Tensor): Numbers {
  const { shape, dtype } = tensor;
  return { values: tensor.dataSync(), shape, dtype };
}

/** A tensor of values that code may read at once: these are no values of a run, and are not fetched from a backend. */
export function readableTensor({ values, shape, dtype }: Numbers): tf.Tensor {
  const tensor = tf.tensor(values, [...shape], dtype);
  tensor.dataSync = (() => values) as tf.Tensor['dataSync'];
  return tensor;
}
