import { architectureOf, buildModel } from '../models/registry.js';
import type { WeightKind } from '../nn/weight-layout.js';
import type { CheckpointFiles, FileOptions } from './checkpoint-files.js';
import { readJson } from './json-file.js';
import { type LoadPlan, storageLeft } from './load-plan.js';
import { fitWeights } from './load-weights.js';
import { planTfjs } from './plan-tfjs.js';
import { openSource, type Source, type SourceOptions, tfjsFile } from './source.js';
import { weightFiles } from './weight-files.js';
import { weightNeeds } from './weight-needs.js';
import type { WeightStream } from './weight-stream.js';

const KINDS: readonly WeightKind[] = ['f32', 'f16', 'int8'];

/**
 * Finds out what `loadPretrained` would have to do, from the config and the headers of the weights alone. What it could
 * not load is refused for the same reasons, except for what tokenizers may have.
 * @throws SourceError, AccessError, CheckpointError, StateDictError
 */
export async function planPretrained(source: Source, options: SourceOptions = {}): Promise<LoadPlan> {
  const { signal, onNotice } = options;
  const opened = await openSource(source, options);
  const read: FileOptions = { signal, onNotice };
  const tfjs = tfjsFile(opened);
  return tfjs === null ? planCheckpoint(opened.files, read) : planTfjs(opened.files, tfjs, read);
}

async function planCheckpoint(files: CheckpointFiles, read: FileOptions): Promise<LoadPlan> {
  const config = await readJson(files, 'config.json', read);
  const architecture = architectureOf(config);
  const model = buildModel(architecture, config);
  try {
    const { streams, bytes, cached } = await headers(files, read);
    fitWeights(model, streams, architecture.keyOf);
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

async function headers(files: CheckpointFiles, read: FileOptions) {
  const streams: WeightStream[] = [];
  let bytes: number | null = 0;
  let cached = 0;
  const weights = await weightFiles(files, read);
  for await (const file of weights.open()) {
    const stream = await weights.format.open(file, false, read);
    await stream.close();
    streams.push(stream);
    bytes = bytes === null || file.size === null ? null : bytes + file.size;
    cached += file.cached;
  }
  return { streams, bytes, cached };
}
