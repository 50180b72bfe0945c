import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../../errors.js';
import { isPlainObject } from '../../graph/structure.js';
import { placeholder } from '../../nn/init.js';

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

/**
 * The topology of a layers model without what only training needs: nothing that it computes changes.
 * @throws CheckpointError for classes that tfjs does not know, and for layers that remember what they computed
 */
export function inferenceConfig(topology: Readonly<Record<string, unknown>>): Record<string, unknown> {
  tf.serialization.registerClass(Unset);
  const config = topology.model_config ?? topology;
  checkClasses(config);
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
  // It computes with the initial bias.
  if (key === 'unit_forget_bias') return false;
  return withoutTraining(value);
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
