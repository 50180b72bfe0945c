import * as tf from '@tensorflow/tfjs';

/** Tensors that a trace refers to by key. Variables among them belong to the author; the rest to the trace. */
export type Constants = ReadonlyMap<string, tf.Tensor>;

/** The tensors that belong to the trace. */
export function ownConstants(constants: Constants): tf.Tensor[] {
  return [...constants.values()].filter((tensor) => !(tensor instanceof tf.Variable));
}
