import { NodePathError } from '../errors.js';
import { nearestPaths } from './nearest.js';
import { partsOf } from './structure.js';
import type { Graph, Node, Structure, TensorInfo, ValueId } from './types.js';

/** A node or a part of its structured value, under its full path. */
export interface Entry {
  readonly path: string;
  readonly name: string;
  readonly node: Node;
  /** The value or part of it; null for graphs. */
  readonly structure: Structure | null;
  /** True for parts dug out with `|`. */
  readonly isPart: boolean;
  readonly parent: Entry | null;
  readonly children: readonly Entry[];
}

/** Every path of a graph. */
export interface PathIndex {
  readonly graph: Graph;
  readonly root: Entry;
  readonly byPath: ReadonlyMap<string, Entry>;
  /** The path of the node (or part) that defines a value. */
  readonly pathOf: ReadonlyMap<ValueId, string>;
  /** The paths behind other names. */
  readonly aliases: ReadonlyMap<string, string>;
}

const indices = new WeakMap<Graph, PathIndex>();

/** The index of a graph's paths, made once for each graph. Parents come before their children. */
export function indexPaths(graph: Graph): PathIndex {
  let index = indices.get(graph);
  if (index === undefined) {
    const byPath = new Map<string, Entry>();
    const pathOf = new Map<ValueId, string>();
    const root = addNode(graph.root, null, '', byPath, pathOf);
    const known = graph.aliases.filter(([alias, path]) => byPath.has(path) && !byPath.has(alias));
    index = { graph, root, byPath, pathOf, aliases: new Map(known) };
    indices.set(graph, index);
  }
  return index;
}

type Mutable = Entry & { children: Entry[] };

function addNode(
  node: Node,
  parent: Entry | null,
  path: string,
  byPath: Map<string, Entry>,
  pathOf: Map<ValueId, string>,
): Entry {
  const structure = node.kind === 'graph' ? null : node.value;
  const entry: Mutable = { path, name: node.name, node, structure, isPart: false, parent, children: [] };
  byPath.set(path, entry);
  if (node.kind === 'graph') {
    for (const child of node.children) {
      const childPath = path === '' ? child.name : `${path}.${child.name}`;
      entry.children.push(addNode(child, entry, childPath, byPath, pathOf));
    }
  } else {
    addParts(entry, '|', byPath, pathOf);
  }
  return entry;
}

function addParts(
  entry: Mutable,
  separator: '|' | '.',
  byPath: Map<string, Entry>,
  pathOf: Map<ValueId, string>,
): void {
  const { structure, node } = entry;
  if (structure === null) return;
  if (structure.kind === 'tensor') pathOf.set(structure.value, entry.path);
  for (const [name, part] of partsOf(structure)) {
    const path = `${entry.path}${separator}${name}`;
    const child: Mutable = { path, name, node, structure: part, isPart: true, parent: entry, children: [] };
    entry.children.push(child);
    byPath.set(path, child);
    addParts(child, '.', byPath, pathOf);
  }
}

/** Shape and dtype of an entry that is one tensor, else null. */
export function tensorInfo(graph: Graph, entry: Entry): TensorInfo | null {
  if (entry.structure?.kind !== 'tensor') return null;
  return graph.values[entry.structure.value] ?? null;
}

/** The entry that a path or another name of it stands for. */
export function entryAt({ byPath, aliases }: PathIndex, path: string): Entry | undefined {
  return byPath.get(path) ?? byPath.get(aliases.get(path) ?? path);
}

/**
 * The tensor or the scalar that a path or another name of it stands for, for patching.
 * @throws NodePathError for an unknown path, a graph or a structured value; it names what is close.
 */
export function resolveNode(
  index: PathIndex,
  path: string,
): Extract<Structure, { kind: 'tensor' | 'scalar' }> {
  const entry = entryAt(index, path);
  if (entry === undefined) throw unknownPath(index, path);
  const { structure } = entry;
  if (structure?.kind === 'tensor') return structure;
  if (structure?.kind === 'scalar') {
    if (structure.scalar === null || structure.scalar === undefined)
      throw new NodePathError(`'${path}' is ${structure.scalar}, which cannot be patched.`);
    return structure;
  }
  const within = [...index.byPath.values()].filter(
    (other) => other.structure?.kind === 'tensor' && isBelow(other.path, path),
  );
  const what = structure === null ? 'a graph' : 'a structured value';
  const choices = within.slice(0, 5).map((other) => other.path);
  throw new NodePathError(`'${path}' is ${what}; patch a tensor in it, such as ${choices.join(', ')}.`);
}

/** The tensor that a path names. @throws NodePathError where it names none */
export function resolveValue(index: PathIndex, path: string): ValueId {
  const structure = resolveNode(index, path);
  if (structure.kind === 'tensor') return structure.value;
  throw new NodePathError(`'${path}' is ${String(structure.scalar)}, not a tensor.`);
}

function unknownPath(index: PathIndex, path: string): NodePathError {
  const close = nearestPaths(index.root, path);
  const hint = close.length > 0 ? ` Close to it: ${close.join(', ')}.` : '';
  return new NodePathError(`There is no node '${path}'.${hint}`);
}

function isBelow(path: string, ancestor: string): boolean {
  if (ancestor === '') return true;
  return path.startsWith(ancestor) && /[.|]/.test(path.charAt(ancestor.length));
}
