import * as tf from '@tensorflow/tfjs';
import type { HostValues } from '../patchable/recorded-run.js';

/** A tensor's values on the CPU. */
export type HostTensor = HostValues;

/** The same on the backend. The caller disposes it. */
export function toTensor({ shape, dtype, values }: HostTensor): tf.Tensor {
  return tf.tensor(values as tf.TypedArray, [...shape], dtype as 'float32' | 'int32' | 'bool');
}

/** Whether two tensors have the same shape, dtype and values. */
export function areEqual(a: HostTensor, b: HostTensor): boolean {
  if (a.dtype !== b.dtype || !tf.util.arraysEqual([...a.shape], [...b.shape])) return false;
  for (let i = 0; i < a.values.length; i += 1) if (a.values[i] !== b.values[i]) return false;
  return true;
}
