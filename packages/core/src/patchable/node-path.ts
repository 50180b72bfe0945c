import { NodePathError } from '../errors.js';
import { nearestNames } from '../graph/nearest.js';
import { type Entry, type PathIndex, tensorInfo } from '../graph/paths.js';
import { describeEntry, describeInLine, printTree } from '../graph/print.js';
import { nodeCode } from './node-code.js';
import type { Sources } from './sources.js';

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

/**
 * Property access walks down to children, which are the only own properties, so that consoles complete
 * them; a name that is nearly a child's throws a NodePathError. `String(node)` prints the subtree.
 */
export type NodePath = NodePathInfo & { readonly [child: string]: NodePath };

/** Node's console prints a node of more lines than this only as deep as they fit. */
const MOST_LINES = 2000;

/** Names that tools ask any object for, besides those that all objects have. */
const PROBED = new Set(['then', 'toJSON', 'length', 'size', 'name', 'nodeType', 'asymmetricMatch']);

/** The names of `NodePathInfo`, and how they are often written. */
const INFO = ['_path', '_shape', '_dtype', '_code'];
const LIKE_INFO = /^_|^(?:path|shape|dtype|code)$/;

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** What each node stands for. */
const entries = new WeakMap<object, Entry>();
const trees = new WeakMap<Entry, { readonly node: NodePath; readonly sources: Sources }>();

/**
 * The node for an entry, with all below it; the same one each time for the same sources. Nodes are ordinary
 * objects, whose properties consoles read without running code; only for other names there is a proxy, at
 * the end of their prototype chain.
 */
export function nodePath(index: PathIndex, entry: Entry, sources: Sources): NodePath {
  const known = trees.get(entry);
  if (known?.sources === sources) return known.node;
  const rest = restOfNames(index, sources);
  const prototypes = new Map<string, object>();
  const make = (each: Entry): NodePath => {
    const description = describeEntry(index.graph, each);
    let prototype = prototypes.get(description);
    if (prototype === undefined) {
      // Debuggers call an object by this tag: `Tensor(3, 2)`.
      prototype = Object.create(rest, { [Symbol.toStringTag]: { value: description } }) as object;
      prototypes.set(description, prototype);
    }
    const node = Object.create(prototype) as NodePath;
    for (const child of each.children) {
      // Not assigned: a child may be called `__proto__`.
      Object.defineProperty(node, child.name, { value: make(child), enumerable: true });
    }
    entries.set(Object.preventExtensions(node), each);
    return node;
  };
  const node = make(entry);
  trees.set(entry, { node, sources });
  return node;
}

/** True for what `pg.graph` and its children are. */
export function isNodePath(value: unknown): value is NodePath {
  return typeof value === 'object' && value !== null && entries.has(value);
}

/** What the nodes of a tree inherit: it answers names that are no child's. */
function restOfNames(index: PathIndex, sources: Sources): object {
  const { graph } = index;
  function print(this: object): string {
    const entry = entries.get(this);
    return entry === undefined ? 'NodePath' : printTree(graph, entry);
  }
  /** The tree where the node itself is inspected, one line where it is inside of something else. */
  function inspect(this: object, depth: number | null, options: { depth?: number | null }): string {
    const entry = entries.get(this);
    if (entry === undefined) return 'NodePath';
    const isInside = depth !== null && depth < (options.depth ?? depth);
    return isInside ? describeInLine(graph, entry) : printTree(graph, entry, MOST_LINES);
  }
  const answers: Readonly<Record<string | symbol, (entry: Entry) => unknown>> = {
    _path: ({ path }) => path,
    _shape: (entry) => tensorInfo(graph, entry)?.shape ?? null,
    _dtype: (entry) => tensorInfo(graph, entry)?.dtype ?? null,
    _code: (entry) => nodeCode(index, entry, sources),
    toString: () => print,
    [Symbol.toPrimitive]: () => print,
    [INSPECT]: () => inspect,
  };
  const names = Object.create(null, Object.getOwnPropertyDescriptors(answers)) as object;
  return new Proxy(names, {
    // Consoles complete names along the prototype chain.
    ownKeys: () => [],
    get(_, key, node) {
      const entry = entries.get(node as object);
      if (Object.hasOwn(answers, key)) return entry === undefined ? undefined : answers[key]?.(entry);
      if (key in Object.prototype) return Object.prototype[key as keyof object];
      if (entry !== undefined && typeof key === 'string' && !PROBED.has(key)) refuse(entry, key);
      return undefined;
    },
  });
}

/** @throws NodePathError unless no name here is nearly that one, as with what tools ask all objects for */
function refuse(entry: Entry, name: string): void {
  const children = entry.children.map((child) => child.name);
  const close = nearestNames(LIKE_INFO.test(name) ? [...children, ...INFO] : children, name);
  if (close.length === 0) return;
  const owner = entry.path === '' ? 'The root' : `'${entry.path}'`;
  throw new NodePathError(`${owner} has no '${name}'. Close to it: ${close.join(', ')}.`);
}
