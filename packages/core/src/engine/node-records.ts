import { type Entry, type PathIndex, tensorInfo } from '../graph/paths.js';
import { describeEntry } from '../graph/print.js';
import type { TensorInfo } from '../graph/types.js';
import type { NodeRecord } from './protocol.js';

/** How the page sees a number: as a tensor without axes. */
export const NUMBER: TensorInfo = { shape: [], dtype: 'number' };

/** What most nodes have; one array for all of them, which cloning a message keeps. */
const NO_ALIASES: string[] = [];

/** The tree as an array in preorder. */
export function nodeRecords(index: PathIndex): NodeRecord[] {
  const aliases = new Map<string, string[]>();
  for (const [alias, path] of index.aliases) aliases.set(path, [...(aliases.get(path) ?? []), alias]);
  const records: NodeRecord[] = [];
  add({ index, aliases }, index.root, -1, 0, records);
  return records;
}

interface Names {
  readonly index: PathIndex;
  /** Other names by path. */
  readonly aliases: ReadonlyMap<string, string[]>;
}

function add(names: Names, entry: Entry, parent: number, depth: number, records: NodeRecord[]): void {
  const { index, aliases } = names;
  const { node, structure } = entry;
  const scalar = structure?.kind === 'scalar' ? structure.scalar : undefined;
  const info = typeof scalar === 'number' ? NUMBER : tensorInfo(index.graph, entry);
  const position = records.push({
    path: entry.path,
    aliases: aliases.get(entry.path) ?? NO_ALIASES,
    name: entry.name,
    kind: entry.isPart ? 'part' : node.kind,
    parent,
    depth,
    childCount: entry.children.length,
    label: scalar === undefined ? describeEntry(index.graph, entry) : JSON.stringify(scalar),
    type: node.kind === 'graph' ? node.type : node.op,
    shape: info === null ? null : [...info.shape],
    dtype: info?.dtype ?? null,
  });
  for (const child of entry.children) add(names, child, position - 1, depth + 1, records);
}
