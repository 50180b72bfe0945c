import * as tf from '@tensorflow/tfjs';

/** The tensors in a nesting of arrays and objects, in order. */
export function tensorsIn(value: unknown): tf.Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(tensorsIn) : [];
}

/** How tfjs numbers tensors; private in its types. */
interface TensorNumbers {
  nextTensorId(): number;
}

/** Tells which tensors are made from now on; variables are never counted. */
export function tensorsSince(): (tensor: tf.Tensor) => boolean {
  const first = (tf.engine() as unknown as TensorNumbers).nextTensorId();
  return (tensor) => tensor.id >= first && !(tensor instanceof tf.Variable) && !tensor.kept;
}
