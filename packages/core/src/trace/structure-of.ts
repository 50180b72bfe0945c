import * as tf from '@tensorflow/tfjs';
import { UntraceableError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import type { Scalar, Structure, ValueId } from '../graph/types.js';

/**
 * What an argument or result is made of, with `leaf` giving the values of its tensors.
 * @throws UntraceableError for what is no tensor, container or scalar
 */
export function structureOf(value: unknown, leaf: (tensor: tf.Tensor) => ValueId): Structure {
  if (value instanceof tf.Tensor) return { kind: 'tensor', value: leaf(value) };
  if (Array.isArray(value)) return { kind: 'array', items: value.map((item) => structureOf(item, leaf)) };
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => [key, structureOf(item, leaf)] as const);
    return { kind: 'object', entries: Object.fromEntries(entries) };
  }
  if (value === null || ['number', 'boolean', 'string', 'undefined'].includes(typeof value)) {
    return { kind: 'scalar', scalar: value as Scalar };
  }
  throw new UntraceableError(
    `A value of type ${typeof value} went in or out of a module; arrays, plain objects, tensors, numbers, booleans, strings and null can.`,
  );
}

/** The same value with other tensors, which `map` gives from each tensor and its value in `structure`. */
export function mapTensors(
  value: unknown,
  structure: Structure,
  map: (tensor: tf.Tensor, id: ValueId) => tf.Tensor,
): unknown {
  if (value instanceof tf.Tensor && structure.kind === 'tensor') return map(value, structure.value);
  if (Array.isArray(value) && structure.kind === 'array') {
    return value.map((item, index) => mapTensors(item, structure.items[index] as Structure, map));
  }
  if (isPlainObject(value) && structure.kind === 'object') {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, mapTensors(item, structure.entries[key] as Structure, map)]),
    );
  }
  return value;
}

/** True where a result holds values that a graph would bake in, other than null and undefined. */
export function hasNumbers(structure: Structure): boolean {
  switch (structure.kind) {
    case 'tensor':
      return false;
    case 'scalar':
      return structure.scalar !== null && structure.scalar !== undefined;
    case 'array':
      return structure.items.some(hasNumbers);
    case 'object':
      return Object.values(structure.entries).some(hasNumbers);
  }
}
