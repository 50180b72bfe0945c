import { CheckpointError } from '../../errors.js';
import type { Config } from '../../models/config.js';
import type { TensorModel } from '../../models/tensor-model.js';
import { type CheckpointFiles, type FileOptions, readAll } from '../checkpoint-files.js';
import { prepareGraphModel } from './graph-model.js';
import { prepareLayersModel } from './layers-model.js';
import { checkJsonSize, type ModelJson, readModelJson } from './model-json.js';
import { readWeights } from './weight-reader.js';

/** A model that TensorFlow.js has saved. The caller owns it. */
export interface LoadedTfjsModel {
  task: 'tensors';
  model: TensorModel;
  tokenizer: null;
  /** The model.json without its topology and weights. */
  config: Config;
}

/**
 * Loads a model that TensorFlow.js or its converter has saved: `name` is that of its model.json, a layers model or a graph
 * model; the files of its weights lie beside it.
 * @throws SourceError, CheckpointError; nothing stays allocated
 */
export async function loadTfjsModel(
  files: CheckpointFiles,
  name: string,
  options: FileOptions = {},
): Promise<LoadedTfjsModel> {
  const json = await readJsonFile(files, name, options);
  const load = json.format === 'layers-model' ? await prepareLayersModel(json) : prepareGraphModel(json);
  const model = await load(readWeights(files, json.weightsManifest, options));
  const { modelTopology: _topology, weightsManifest: _weights, ...config } = json;
  return { task: 'tensors', model, tokenizer: null, config };
}

/** The model.json of a folder. @throws SourceError, CheckpointError */
export async function readJsonFile(
  files: CheckpointFiles,
  name: string,
  options: FileOptions,
): Promise<ModelJson> {
  const file = await files.open(name, options);
  if (file === null) throw new CheckpointError(`There is no ${name} in ${files.label}.`);
  checkJsonSize(file.size ?? 0, name);
  const bytes = await readAll(file, options);
  options.signal?.throwIfAborted();
  try {
    return readModelJson(bytes, name);
  } catch (error) {
    await file.forget();
    throw error;
  }
}
