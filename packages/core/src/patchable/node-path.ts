import { NodePathError } from '../errors.js';
import { graphCode, localNames, statement } from '../graph/code.js';
import { nearestNames } from '../graph/nearest.js';
import type { Entry, PathIndex } from '../graph/paths.js';
import { tensorInfo } from '../graph/paths.js';
import { printTree } from '../graph/print.js';
import { displayName, type Sources } from './sources.js';

/** A node of the tree that `PatchableGraph.graph` gives (spec rules G1 to G4). */
export interface NodePathInfo {
  /** The full path, to be used as key of a patch map. */
  readonly _path: string;
  /** Shape and dtype where the node is one tensor, else null. */
  readonly _shape: readonly number[] | null;
  readonly _dtype: string | null;
  /** Of an operation: where it was called and the author's line(s). Of a module: its compiled graph. */
  readonly _code: string;
}

/** Property access walks down to children; own keys list them; `String(node)` prints the subtree. */
export type NodePath = NodePathInfo & { readonly [child: string]: NodePath };

/** Properties that the language itself asks any object for. */
const PROBED = new Set(['then', 'toJSON']);

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

class Node {
  constructor(index: PathIndex, entry: Entry, sources: Sources) {
    // Configurable, so that a child may be called `toString`.
    const hidden = (key: string | symbol, get: () => unknown) =>
      Object.defineProperty(this, key, { get, configurable: true });
    hidden('_path', () => entry.path);
    hidden('_shape', () => tensorInfo(index.graph, entry)?.shape ?? null);
    hidden('_dtype', () => tensorInfo(index.graph, entry)?.dtype ?? null);
    hidden('_code', () => codeOf(index, entry, sources));
    const print = () => printTree(index.graph, entry);
    hidden('toString', () => print);
    hidden(INSPECT, () => print);
    for (const child of entry.children) {
      let made: NodePath | undefined;
      Object.defineProperty(this, child.name, {
        enumerable: true,
        get: () => {
          made ??= nodePath(index, child, sources);
          return made;
        },
      });
    }
  }
}

/** The node for an entry; children are made when they are looked at. */
export function nodePath(index: PathIndex, entry: Entry, sources: Sources): NodePath {
  const node = new Node(index, entry, sources);
  const names = entry.children.map(({ name }) => name);
  return new Proxy(node, {
    get(target, key) {
      if (key in target || typeof key === 'symbol' || PROBED.has(key)) return Reflect.get(target, key);
      const close = nearestNames(names, key);
      // A name that is like none is asked for by tools that look at all kinds of objects.
      if (close.length === 0) return undefined;
      const owner = entry.path === '' ? 'The root' : `'${entry.path}'`;
      throw new NodePathError(`${owner} has no '${key}'. Close to it: ${close.join(', ')}.`);
    },
  }) as unknown as NodePath;
}

/** True for what `pg.graph` and its children are. */
export function isNodePath(value: unknown): value is NodePath {
  return value instanceof Node;
}

/** Rule G3. */
export function codeOf(index: PathIndex, entry: Entry, sources: Sources): string {
  const { node } = entry;
  const call = sources.position(node.stack);
  const calling =
    call === null
      ? []
      : [`// ${displayName(call.file)}:${call.line}${call.functionName ? ` in ${call.functionName}` : ''}`];
  if (node.kind === 'graph') return [...calling, graphCode(index, entry)].join('\n');
  const lines = call?.text ?? null;
  if (lines !== null) return [...calling, lines].join('\n');
  const owner = entry.isPart ? entry.parent?.parent : entry.parent;
  return owner ? statement(index, entry, localNames(owner)).join('\n') : '';
}
