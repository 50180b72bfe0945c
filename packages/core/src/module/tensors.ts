import * as tf from '@tensorflow/tfjs';
import { activeHandler } from '../trace/calls.js';

/** A trainable variable holding the values of `tensor`, which it takes over. */
export function parameter<R extends tf.Rank>(tensor: tf.Tensor<R>): tf.Variable<R> {
  return variable(tensor, true);
}

/** A variable that is saved with the model but not trained; it takes `tensor` over. */
export function buffer<R extends tf.Rank>(tensor: tf.Tensor<R>): tf.Variable<R> {
  return variable(tensor, false);
}

function variable<R extends tf.Rank>(tensor: tf.Tensor<R>, trainable: boolean): tf.Variable<R> {
  const made = tf.variable(tensor, trainable);
  tensor.dispose();
  return made;
}

/**
 * Inside `forward`: gives the node of `tensor` an explicit name. Returns the tensor to go on with;
 * outside a trace that is `tensor` itself.
 */
export function named<T extends tf.Tensor>(name: string, tensor: T): T {
  return (activeHandler()?.name(name, tensor) ?? tensor) as T;
}
