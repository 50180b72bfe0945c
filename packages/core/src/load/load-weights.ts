import { CheckpointError, DeviceLimitError } from '../errors.js';
import { settling } from '../memory/gpu-errors.js';
import { TextEncoder } from '../models/text-encoder.js';
import type { Module } from '../module/module.js';
import type { WeightKind } from '../nn/weight-layout.js';
import { checkWeights } from './check-weights.js';
import type { FileOptions } from './checkpoint-files.js';
import { STORED_TYPES } from './safetensors-header.js';
import type { WeightFiles } from './weight-files.js';
import { weightNeeds } from './weight-needs.js';
import { WeightSink } from './weight-sink.js';
import type { WeightEntry, WeightStream } from './weight-stream.js';

/** The name in our model of a checkpoint's key, or null to leave it out. */
type KeyOf = (key: string) => string | null;

/**
 * Reads the weights of a checkpoint into a model, one after the other. All names and shapes are checked before any
 * weight is read, and whether the backend has room. Besides the model it takes the memory of a few blocks of numbers.
 * @throws CheckpointError, StateDictError, SourceError, DeviceLimitError; the model may then have some of its weights
 */
export async function loadWeights(
  model: Module,
  files: WeightFiles,
  keyOf: KeyOf,
  kind: WeightKind,
  options: FileOptions,
): Promise<void> {
  const streams: WeightStream[] = [];
  const settled = settling();
  try {
    for await (const file of files.open()) {
      options.onOpen?.(file);
      streams.push(await files.format.open(file, files.count === 1, options));
    }
    const names = fitWeights(model, streams, keyOf);
    const sink = new WeightSink(model, kind);
    const { refusal } = weightNeeds(model, kind);
    if (refusal !== null) throw new DeviceLimitError(refusal);
    for (const stream of streams) {
      await stream.read((entry) => {
        const name = names.get(entry);
        return name === undefined ? null : sink.begin(name);
      }, options);
    }
    await settled();
  } finally {
    for (const stream of streams) await stream.close();
  }
}

/**
 * The names in the model of the tensors that are weights. The model may leave out parts that the checkpoint lacks.
 * @throws CheckpointError for integers and repeated names; StateDictError for names and shapes that are not the model's
 */
export function fitWeights(
  model: Module,
  streams: readonly WeightStream[],
  keyOf: KeyOf,
): Map<WeightEntry, string> {
  const names = weightNames(streams, keyOf);
  if (model instanceof TextEncoder) model.adaptTo(new Set(names.values()));
  checkWeights(model, new Map([...names].map(([{ shape }, name]) => [name, shape])));
  return names;
}

function weightNames(streams: readonly WeightStream[], keyOf: KeyOf): Map<WeightEntry, string> {
  const names = new Map<WeightEntry, string>();
  const seen = new Set<string>();
  for (const entry of streams.flatMap(({ entries }) => entries)) {
    const name = keyOf(entry.name);
    if (name === null) continue;
    if (seen.has(name)) throw new CheckpointError(`The checkpoint holds '${name}' twice.`);
    const { dtype } = STORED_TYPES[entry.dtype];
    if (dtype !== 'float32')
      throw new CheckpointError(
        `The weight '${entry.name}' has dtype ${dtype}; floating-point weights are supported.`,
      );
    seen.add(name);
    names.set(entry, name);
  }
  return names;
}
