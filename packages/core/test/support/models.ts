import * as tf from '@tensorflow/tfjs';
import { readSafetensors, type StoredTensor } from '../../src/load/safetensors.js';
import {
  type Architecture,
  architectureOf,
  buildModel,
  type ModelOf,
  type ModelTask,
} from '../../src/models/registry.js';
import { goldenBytes, goldenJson } from './golden.js';

/** A golden model for a task with the numbers that transformers computed for it. The caller owns the model. */
export async function goldenModel<T extends ModelTask = 'text-generation'>(
  name: string,
  task = 'text-generation' as T,
): Promise<{ model: ModelOf[T]; golden: Map<string, StoredTensor> }> {
  const config = await goldenJson<Record<string, unknown>>(`${name}/config.json`);
  const architecture = architectureOf(config);
  if (architecture.task !== task) throw new Error(`${name} is for ${architecture.task}, not ${task}`);
  const model = buildModel(architecture as unknown as Architecture<T>, config);
  const tensors = new Map<string, tf.Tensor>();
  for (const [key, { values, shape, dtype }] of readSafetensors(
    await goldenBytes(`${name}/model.safetensors`),
  )) {
    const own = architecture.keyOf(key);
    if (own !== null) tensors.set(own, tf.tensor(values, shape, dtype));
  }
  model.loadStateDict(tensors);
  tf.dispose([...tensors.values()]);
  return { model, golden: new Map(readSafetensors(await goldenBytes(`${name}/golden.safetensors`))) };
}

/** The largest absolute difference; infinite where shapes differ. */
export async function difference(actual: tf.Tensor, expected: StoredTensor): Promise<number> {
  if (!tf.util.arraysEqual(actual.shape, expected.shape)) return Number.POSITIVE_INFINITY;
  const values: ArrayLike<number> = await actual.data();
  return Array.from(values).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (expected.values[i] as number))),
    0,
  );
}
