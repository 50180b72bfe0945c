import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../../errors.js';
import { isPlainObject } from '../../graph/structure.js';
import { placeholder } from '../../nn/init.js';
import { checkCalls } from './layer-calls.js';

/** An initializer for weights that get their numbers from the checkpoint: until then they take no memory. */
class Unset extends tf.serialization.Serializable {
  static readonly className = 'PatchbayUnset';

  apply(shape: number[]): tf.Tensor {
    return placeholder(shape);
  }

  getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}

/** What gives a layer a weight; not public in tfjs's types. */
interface Weighted {
  addWeight(
    name: string,
    shape: number[],
    dtype: tf.DataType,
    initializer: unknown,
    ...rest: unknown[]
  ): unknown;
}

/** Builds layers whose weights take no memory yet, also those whose config names no initializer. */
export function withoutInitializing<T>(build: () => T): T {
  const layers = tf.layers.Layer.prototype as unknown as Weighted;
  const { addWeight } = layers;
  layers.addWeight = function (name, shape, dtype, _initializer, ...rest) {
    return addWeight.call(this, name, shape, dtype, new Unset(), ...rest);
  };
  try {
    return build();
  } finally {
    layers.addWeight = addWeight;
  }
}

/**
 * The topology of a layers model without what only training needs: nothing that it computes changes.
 * @throws CheckpointError for the format of Keras 3, for classes that tfjs does not know, for layers that remember what
 * they computed, and for those that wait for each other
 */
export function inferenceConfig(topology: Readonly<Record<string, unknown>>): Record<string, unknown> {
  tf.serialization.registerClass(Unset);
  const config = topology.model_config ?? topology;
  checkVersion(config);
  checkClasses(config);
  checkCalls(config);
  return withoutTraining(config) as Record<string, unknown>;
}

function withoutTraining(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTraining);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, setting(key, each)]));
}

function setting(key: string, value: unknown): unknown {
  if (/_initializer$/.test(key)) return { class_name: Unset.className, config: {} };
  if (/_(?:regularizer|constraint)$/.test(key)) return null;
  return withoutTraining(value);
}

/** Keras 3 writes types, inputs and calls of layers in forms of its own. */
function checkVersion(config: unknown): void {
  if (typeof config !== 'object' || config === null) return;
  const { class_name: type, config: own } = config as { class_name?: unknown; config?: unknown };
  const isNewInput = type === 'InputLayer' && isPlainObject(own) && 'batch_shape' in own;
  if (type === '__keras_tensor__' || type === 'DTypePolicy' || isNewInput)
    throw new CheckpointError(
      'The model was saved by Keras 3, whose layers TensorFlow.js does not read. Export it as a SavedModel and convert ' +
        'that to a graph model, or save it with Keras 2 (the package tf_keras) and convert it again.',
    );
  for (const each of Object.values(config)) checkVersion(each);
}

function checkClasses(config: unknown): void {
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  const unknown = new Set<string>();
  const stateful = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { class_name: type, config: own } = value as { class_name?: unknown; config?: unknown };
    if (typeof type === 'string' && !Object.hasOwn(known, type)) unknown.add(type);
    if (isPlainObject(own) && own.stateful === true) stateful.add(String(own.name));
    for (const [key, each] of Object.entries(value))
      if (!/_(?:initializer|regularizer|constraint)$/.test(key)) visit(each);
  };
  visit(config);
  if (unknown.size > 0) {
    const list = [...unknown].slice(0, 8).join(', ');
    throw new CheckpointError(
      `The model has parts of classes that TensorFlow.js does not know: ${list}. If you have their code, register it ` +
        'with tf.serialization.registerClass before loading. Code of Python lambdas cannot be loaded.',
    );
  }
  if (stateful.size > 0)
    throw new CheckpointError(
      `The layers ${[...stateful].slice(0, 8).join(', ')} keep their states from one run to the next, which is not supported.`,
    );
}
