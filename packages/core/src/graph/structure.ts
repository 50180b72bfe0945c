import { partNames } from './names.js';
import type { Scalar, ScalarStructure, Structure, ValueId } from './types.js';

/** The values at the leaves, in order. */
export function valuesOf(structure: Structure): ValueId[] {
  switch (structure.kind) {
    case 'tensor':
      return [structure.value];
    case 'array':
      return structure.items.flatMap(valuesOf);
    case 'object':
      return Object.values(structure.entries).flatMap(valuesOf);
    case 'scalar':
      return [];
  }
}

/** Builds the JavaScript value that a structure describes, with `leaf` giving its tensors, `scalar` its scalars. */
export function build<T>(
  structure: Structure,
  leaf: (value: ValueId) => T,
  scalar: (structure: ScalarStructure) => Scalar = (each) => each.scalar,
): unknown {
  switch (structure.kind) {
    case 'tensor':
      return leaf(structure.value);
    case 'array':
      return structure.items.map((item) => build(item, leaf, scalar));
    case 'object':
      return Object.fromEntries(
        Object.entries(structure.entries).map(([key, entry]) => [key, build(entry, leaf, scalar)]),
      );
    case 'scalar':
      return scalar(structure);
  }
}

/** The parts of a structured value with the names that paths use: keys, and `sub_0` for indices. */
export function partsOf(structure: Structure): [name: string, part: Structure][] {
  switch (structure.kind) {
    case 'array':
      return structure.items.map((item, index) => [`sub_${index}`, item]);
    case 'object': {
      const names = partNames(Object.keys(structure.entries));
      return Object.values(structure.entries).map((part, index) => [names[index] as string, part]);
    }
    default:
      return [];
  }
}

/** True for plain objects, which beside arrays are the containers that arguments and results may nest. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** True for what counts as a scalar of a structure, `undefined` for an optional part included. */
export function isScalar(value: unknown): value is Scalar {
  return value === null || ['number', 'boolean', 'string', 'undefined'].includes(typeof value);
}

/** True where a result holds values that a graph would bake in, other than null and undefined. */
export function hasScalars(structure: Structure): boolean {
  switch (structure.kind) {
    case 'tensor':
      return false;
    case 'scalar':
      return structure.scalar !== null && structure.scalar !== undefined;
    case 'array':
      return structure.items.some(hasScalars);
    case 'object':
      return Object.values(structure.entries).some(hasScalars);
  }
}
