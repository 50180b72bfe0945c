import * as tf from '@tensorflow/tfjs';
import type { PathIndex } from '../graph/paths.js';
import type { GenerationHost } from './host.js';

/** The graph for so many token ids, after a cache if there is one, whose tensors are freed. */
export async function exampleGraph(
  host: GenerationHost,
  batch: number,
  length: number,
  past: unknown = null,
): Promise<PathIndex> {
  const inputs = [tf.zeros([batch, length], 'int32'), ...(past === null ? [] : [null, past])];
  try {
    return await host.graphFor(inputs);
  } finally {
    tf.dispose(inputs as tf.TensorContainer);
  }
}
