import { fitsDevice } from '../memory/fits-device.js';
import type { Config } from '../models/config.js';
import { architectureOf, buildModel } from '../models/registry.js';
import type { WeightKind } from '../nn/weight-layout.js';
import { checkWeights } from './check-weights.js';
import type { CheckpointFiles, FileOptions } from './checkpoint-files.js';
import { readJson } from './json-file.js';
import { weightNames } from './load-weights.js';
import type { Task } from './pretrained.js';
import { SafetensorsStream } from './safetensors-stream.js';
import { openSource, type Source, type SourceOptions } from './source.js';
import { TFJS_MODEL } from './tfjs/model-json.js';
import { planTfjsModel } from './tfjs/plan-tfjs-model.js';
import { weightFiles } from './weight-files.js';
import { type WeightNeeds, weightNeeds } from './weight-needs.js';

/** What it takes to load a checkpoint. */
export interface LoadPlan {
  /** What the checkpoint is called: its Hub id with the commit, its address or its folder. */
  name: string;
  /** `model_type` of its config, such as `gpt2`; for tfjs models what kind of file it is. */
  architecture: string;
  task: Task;
  config: Config;
  /** How many numbers the weights are. */
  parameterCount: number;
  /** Bytes of the files with weights, and how many of them are kept or local; null where the server does not say. */
  files: { bytes: number | null; cached: number };
  /** What the weights will take on the current backend, by how they are kept. */
  weights: Record<WeightKind, WeightNeeds>;
  /** Bytes that this page may still keep, so that it need not download again; null where that is unknown, as in Node. */
  storageLeft: number | null;
}

const KINDS: readonly WeightKind[] = ['f32', 'f16', 'int8'];

/**
 * Finds out what `loadPretrained` would have to do, from the config and the headers of the weights alone. What it could
 * not load is refused for the same reasons, except for what tokenizers may have.
 * @throws SourceError, AccessError, CheckpointError, StateDictError
 */
export async function planPretrained(source: Source, options: SourceOptions = {}): Promise<LoadPlan> {
  const { signal, onNotice } = options;
  const { files, file } = await openSource(source, options);
  const read: FileOptions = { signal, onNotice };
  if (file !== null && TFJS_MODEL.test(file)) return planOfTfjs(files, file, read);
  const config = await readJson(files, 'config.json', read);
  const architecture = architectureOf(config);
  const model = buildModel(architecture, config);
  try {
    const { streams, bytes, cached } = await headers(files, read);
    const names = weightNames(streams, architecture.keyOf);
    checkWeights(model, new Map([...names].map(([{ shape }, name]) => [name, shape])));
    const parameters = [...model.namedParameters().values()];
    return {
      name: files.label,
      architecture: String(config.model_type),
      task: architecture.task,
      config,
      parameterCount: parameters.reduce((sum, { size }) => sum + size, 0),
      files: { bytes, cached },
      weights: Object.fromEntries(
        KINDS.map((kind) => [kind, weightNeeds(model, kind)]),
      ) as LoadPlan['weights'],
      storageLeft: await storageLeft(),
    };
  } finally {
    model.dispose();
  }
}

async function planOfTfjs(files: CheckpointFiles, file: string, read: FileOptions): Promise<LoadPlan> {
  const plan = await planTfjsModel(files, file, read);
  const { json, parameterCount, bytes, largest } = plan;
  const verdict = fitsDevice({ bytes, largest, packed: 0, activations: 0 });
  const refusal = verdict.fits ? null : `${verdict.reason} ${verdict.advice}`;
  const needs = (kind: WeightKind): WeightNeeds => {
    const notice = kind === 'f32' ? null : 'The weights of TensorFlow.js models are kept as float32.';
    return { bytes, largest, notice, refusal };
  };
  return {
    name: files.label,
    architecture: json.format,
    task: 'tensors',
    config: {},
    parameterCount,
    files: plan.files,
    weights: { f32: needs('f32'), f16: needs('f16'), int8: needs('int8') },
    storageLeft: await storageLeft(),
  };
}

async function headers(files: CheckpointFiles, read: FileOptions) {
  const streams: SafetensorsStream[] = [];
  let bytes: number | null = 0;
  let cached = 0;
  const weights = await weightFiles(files, read);
  for await (const file of weights.open()) {
    const stream = await SafetensorsStream.open(file, false, read);
    await stream.close();
    streams.push(stream);
    bytes = bytes === null || file.size === null ? null : bytes + file.size;
    cached += file.cached;
  }
  return { streams, bytes, cached };
}

async function storageLeft(): Promise<number | null> {
  const { storage } = (globalThis.navigator ?? {}) as { storage?: StorageManager };
  const estimate = await storage?.estimate?.().catch(() => null);
  return estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0);
}
