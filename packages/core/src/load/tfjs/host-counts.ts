import * as tf from '@tensorflow/tfjs';

const FLAG = 'WEBGPU_CPU_FORWARD';

/** How many runs need the flag, and what it was before the first of them. */
const state = { running: 0, before: false };

/**
 * Has tfjs's WebGPU backend compute small tensors that are not yet on the GPU on the host, while `fn` runs: loops count,
 * and read the count at once, which a GPU cannot answer.
 */
export async function withHostCounts<T>(fn: () => Promise<T>): Promise<T> {
  if (tf.getBackend() !== 'webgpu') return fn();
  if (state.running === 0) {
    state.before = tf.env().getBool(FLAG);
    tf.env().set(FLAG, true);
  }
  state.running += 1;
  try {
    return await fn();
  } finally {
    state.running -= 1;
    if (state.running === 0) tf.env().set(FLAG, state.before);
  }
}
