import type { Structure } from '../graph/types.js';
import type { StructureRow } from './format.js';
import type { Item } from './item.js';
import { readScalar, scalarRow } from './plain-data.js';

/** An argument or result as JSON. */
export function structureRow(structure: Structure): StructureRow {
  switch (structure.kind) {
    case 'tensor':
      return structure.value;
    case 'array':
      return structure.items.map(structureRow);
    case 'object': {
      const entries = Object.entries(structure.entries);
      return { object: Object.fromEntries(entries.map(([key, entry]) => [key, structureRow(entry)])) };
    }
    case 'scalar':
      return { scalar: scalarRow(structure.scalar), id: structure.id };
  }
}

/** Reads an argument or result of a graph with `valueCount` values. @throws GraphFileError */
export function readStructure(item: Item, valueCount: number): Structure {
  if (Array.isArray(item.value))
    return { kind: 'array', items: item.list().map((each) => readStructure(each, valueCount)) };
  if (item.has('object')) {
    const entries = item.fields(['object']).object.members();
    return {
      kind: 'object',
      entries: Object.fromEntries(entries.map(([key, each]) => [key, readStructure(each, valueCount)])),
    };
  }
  if (item.has('scalar')) {
    const { scalar, id } = item.fields(['scalar', 'id']);
    return { kind: 'scalar', scalar: readScalar(scalar), id: id.natural(2 ** 31), isPatched: false };
  }
  return { kind: 'tensor', value: item.index(valueCount, 'values') };
}
