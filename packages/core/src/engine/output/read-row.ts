import type * as tf from '@tensorflow/tfjs';
import type { RecordedRun } from '../../patchable/recorded-run.js';
import type { OutputValue } from './reader.js';

/** The last axis of a node's tensor, at an index on each of the others. */
export async function readRow(run: RecordedRun, path: string, at: readonly number[]): Promise<OutputValue> {
  const tensor: tf.Tensor = run.value(path);
  const row = tensor.slice([...at, 0], [...at.map(() => 1), -1]);
  try {
    return { path, shape: row.shape, dtype: row.dtype, values: await row.data() };
  } finally {
    row.dispose();
  }
}
