import { fitsDevice } from '../memory/fits-device.js';
import type { CheckpointFiles, FileOptions } from './checkpoint-files.js';
import { type LoadPlan, storageLeft } from './load-plan.js';
import { planTfjsModel } from './tfjs/plan-tfjs-model.js';

/** What it takes to load a model that TensorFlow.js has saved. Its weights are kept in one way only. */
export async function planTfjs(files: CheckpointFiles, name: string, read: FileOptions): Promise<LoadPlan> {
  const { json, parameterCount, bytes, largest, files: sizes } = await planTfjsModel(files, name, read);
  const verdict = fitsDevice({ bytes, largest, packed: 0, activations: 0 });
  const refusal = verdict.fits ? null : `${verdict.reason} ${verdict.advice}`;
  const needs = { bytes, largest, notice: null, refusal };
  const packed = { ...needs, notice: 'The weights of TensorFlow.js models are kept as float32.' };
  return {
    name: files.label,
    architecture: json.format,
    task: 'tensors',
    config: {},
    parameterCount,
    files: sizes,
    weights: { f32: needs, f16: packed, int8: packed },
    storageLeft: await storageLeft(),
  };
}
