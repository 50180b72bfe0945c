import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../../errors.js';
import { partNames } from '../../graph/names.js';
import {
  TensorModel,
  type TensorModelOutput,
  type TensorModelSpecs,
  type TensorSpec,
} from '../../models/tensor-model.js';
import { FOREIGN } from '../../module/module.js';
import { holdLayers, LayerModules } from './layer-module.js';
import { inferenceConfig, withoutInitializing } from './layers-config.js';
import { readMetadata } from './metadata.js';
import type { ModelJson } from './model-json.js';
import { decodeWeight, type LoadWeights, type StoredWeight } from './weight-reader.js';

/** A layers model of TensorFlow.js: each layer is a submodule under its name. */
class LayersTensorModel extends TensorModel {
  static override readonly typeName: string = 'LayersModel';
  override readonly [FOREIGN] = true;
  readonly $tfjs: tf.LayersModel;

  constructor(model: tf.LayersModel, specs: TensorModelSpecs) {
    super(specs);
    this.$tfjs = model;
    holdLayers(this, model, new LayerModules());
  }

  override forward(...inputs: tf.Tensor[]): TensorModelOutput {
    this.checkInputs(inputs);
    const computed = this.$tfjs.call(inputs, { training: false });
    return this.named(Array.isArray(computed) ? computed : [computed]);
  }
}

function specsOf({ inputs, outputs }: tf.LayersModel, metadata: unknown): TensorModelSpecs {
  const [taken, given] = [ports(inputs), ports(outputs)];
  return { inputs: taken, outputs: given, classification: readMetadata(metadata, taken, given) };
}

/** What goes in and out is named after its layer. */
function ports(tensors: readonly tf.SymbolicTensor[]): TensorSpec[] {
  const names = partNames(tensors.map(({ sourceLayer }) => sourceLayer.name));
  return tensors.map(({ shape, dtype }, index) => ({ name: names[index] as string, shape, dtype }));
}

/**
 * Builds a layers model and gives what loads its weights into it: a topology that does not fit costs no download.
 * @throws CheckpointError; nothing stays allocated
 */
export async function prepareLayersModel({
  modelTopology,
  userDefinedMetadata,
}: ModelJson): Promise<LoadWeights> {
  const config = inferenceConfig(modelTopology);
  const before = new Set(variables());
  let built: Promise<tf.LayersModel> | undefined;
  // It is built at once, though the promise comes later; variables outlive the scope.
  tf.tidy(() => {
    built = withoutInitializing(() => tf.models.modelFromJSON(config as never));
  });
  const made = variables().filter((variable) => !before.has(variable));
  try {
    const layersModel = await (built as Promise<tf.LayersModel>).catch(refuse);
    if (!(layersModel instanceof tf.LayersModel))
      throw new CheckpointError('The topology in model.json is that of a layer, not of a model.');
    const model = new LayersTensorModel(layersModel, specsOf(layersModel, userDefinedMetadata));
    return async (weights) => {
      try {
        await loadWeights(layersModel, weights);
      } catch (error) {
        tf.dispose(made);
        throw error;
      }
      return model;
    };
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
}

/** @throws CheckpointError where tfjs finds that the model does not fit */
function refuse(error: unknown): never {
  // Some of its checks say nothing.
  const reason = (error instanceof Error ? error.message : String(error)) || 'its parts do not fit together.';
  throw new CheckpointError(`TensorFlow.js cannot use this model.json: ${reason}`, { cause: error });
}

async function loadWeights(model: tf.LayersModel, stored: AsyncIterable<StoredWeight>): Promise<void> {
  const weights: tf.NamedTensorMap = {};
  try {
    for await (const each of stored) {
      weights[each.spec.name] = decodeWeight(each);
    }
    try {
      model.loadWeights(weights);
    } catch (error) {
      refuse(error);
    }
  } finally {
    tf.dispose(weights);
  }
}

/** All variables that tfjs knows. */
function variables(): tf.Variable[] {
  return Object.values(tf.engine().registeredVariables);
}
