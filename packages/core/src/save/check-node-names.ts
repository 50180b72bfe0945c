import { partsOf } from '../graph/structure.js';
import type { Node, Structure } from '../graph/types.js';
import type { Item } from './item.js';
import { MAX_LOOKALIKES, MAX_PATHS } from './limits.js';

const RESERVED = new Set(['_shape', '_code', '_path', '_dtype']);

/**
 * Checks the names of nodes: each is one part of a path, and paths and printed code stay as large as the file is.
 * @throws GraphFileError
 */
export function checkNodeNames(root: Node, item: Item): void {
  let total = 0;
  const add = (length: number): number => {
    total += length;
    if (total > MAX_PATHS)
      throw item.error(`its node paths and shown settings have over ${MAX_PATHS} characters`);
    return length;
  };
  const visitParts = (structure: Structure, length: number): void => {
    if (structure.kind === 'object') checkDiffer(Object.keys(structure.entries), item);
    for (const [name, part] of partsOf(structure)) visitParts(part, add(length + 1 + name.length));
  };
  const visit = (node: Node, length: number): void => {
    if (node.kind !== 'graph') {
      add(settingsLength(node.settings));
      visitParts(node.value, length);
      return;
    }
    checkDiffer(
      node.children.map(({ name }) => name),
      item,
    );
    for (const child of node.children) {
      if (/[.|]/.test(child.name) || RESERVED.has(child.name))
        throw item.error(`${JSON.stringify(child.name.slice(0, 60))} cannot name a node`);
      visit(child, add(length + 1 + child.name.length));
    }
  };
  visit(root, 0);
}

const lengths = new WeakMap<object, number>();

/** Roughly how many characters settings are printed with. Nodes share them. */
function settingsLength(settings: Readonly<Record<string, unknown>>): number {
  const known = lengths.get(settings) ?? textLength(settings);
  lengths.set(settings, known);
  return known;
}

function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 4;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Object.entries(value).reduce((sum, [key, each]) => sum + key.length + textLength(each), 0);
}

/** Names that only differ in special characters get numbers and underscores, more for each further one. */
function checkDiffer(names: readonly string[], item: Item): void {
  const counts = new Map<string, number>();
  for (const name of names) {
    const plain = name.replace(/[^\p{ID_Continue}$]/gu, '_');
    const count = (counts.get(plain) ?? 0) + 1;
    counts.set(plain, count);
    if (count > MAX_LOOKALIKES)
      throw item.error(
        `over ${MAX_LOOKALIKES} names differ from ${JSON.stringify(plain.slice(0, 60))} in special characters only`,
      );
  }
}
