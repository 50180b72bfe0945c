import * as tf from '@tensorflow/tfjs';
import { UntraceableError } from '../errors.js';
import { isPlainObject, isScalar } from '../graph/structure.js';
import type { Scalar, ScalarStructure, Structure, ValueId } from '../graph/types.js';

/** What stands in a structure for the tensors and scalars of a value. */
export interface Leaves {
  tensor(tensor: tf.Tensor): ValueId;
  scalar(scalar: Scalar): ScalarStructure;
}

/**
 * What an argument or result is made of, with `leaves` giving what stands for its tensors and scalars.
 * @throws UntraceableError for what is no tensor, container or scalar
 */
export function structureOf(value: unknown, leaves: Leaves): Structure {
  if (value instanceof tf.Tensor) return { kind: 'tensor', value: leaves.tensor(value) };
  if (Array.isArray(value)) return { kind: 'array', items: value.map((item) => structureOf(item, leaves)) };
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => [key, structureOf(item, leaves)] as const);
    return { kind: 'object', entries: Object.fromEntries(entries) };
  }
  if (isScalar(value)) return leaves.scalar(value);
  const what = typeof value === 'object' ? (value?.constructor.name ?? 'object') : typeof value;
  throw new UntraceableError(
    `A ${what} went in or out of a module; arrays, plain objects, tensors, numbers, booleans, strings and null can.`,
  );
}

/**
 * The same value with other tensors, which `map` gives from each tensor and its value in `structure`, and
 * with the scalars that `structure` says.
 */
export function mapTensors(
  value: unknown,
  structure: Structure,
  map: (tensor: tf.Tensor, id: ValueId) => tf.Tensor,
): unknown {
  switch (structure.kind) {
    case 'tensor':
      return map(value as tf.Tensor, structure.value);
    case 'array':
      return structure.items.map((item, index) => mapTensors((value as unknown[])[index], item, map));
    case 'object': {
      const entries = Object.entries(structure.entries);
      const given = value as Record<string, unknown>;
      return Object.fromEntries(entries.map(([key, item]) => [key, mapTensors(given[key], item, map)]));
    }
    case 'scalar':
      return structure.scalar;
  }
}
