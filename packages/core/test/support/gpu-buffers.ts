import * as tf from '@tensorflow/tfjs';

/** tfjs's pool of buffers on a GPU. */
export interface BufferPool {
  readonly numBytesUsed: number;
  acquireBuffer(...args: unknown[]): unknown;
}

/** The pool of the current backend, which is that of WebGPU. */
export function buffers(): BufferPool {
  return (tf.backend() as unknown as { bufferManager: BufferPool }).bufferManager;
}

/** The most bytes of buffers that are in use at a time while `fn` runs; its result is freed. */
export async function mostBytesUsed(fn: () => tf.Tensor): Promise<number> {
  const pool = buffers();
  const { acquireBuffer } = pool;
  let most = 0;
  pool.acquireBuffer = (...args) => {
    const buffer = acquireBuffer.apply(pool, args);
    most = Math.max(most, pool.numBytesUsed);
    return buffer;
  };
  try {
    const result = fn();
    await result.data();
    result.dispose();
  } finally {
    pool.acquireBuffer = acquireBuffer;
  }
  return most;
}
