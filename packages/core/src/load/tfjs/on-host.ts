import * as tf from '@tensorflow/tfjs';

/** Which backend tfjs runs kernels on; partly private in its types. */
interface Current {
  backendName: string;
  backendInstance: tf.KernelBackend;
}

/** Runs code at once on tfjs's plain backend. `tf.setBackend` would set up all kernels of both, each time. */
export function onHost<T>(fn: () => T): T {
  const current = tf.engine() as unknown as Current;
  const { backendName, backendInstance } = current;
  if (backendName === 'cpu') return fn();
  Object.assign(current, { backendName: 'cpu', backendInstance: tf.findBackend('cpu') });
  try {
    return fn();
  } finally {
    Object.assign(current, { backendName, backendInstance });
  }
}
