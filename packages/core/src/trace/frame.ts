import { assignNames, type Nameable } from '../graph/names.js';
import type {
  Graph,
  GraphNode,
  Node,
  OpaqueCall,
  Scalar,
  StackFrame,
  Step,
  Structure,
  TensorInfo,
  ValueId,
  ValueNode,
} from '../graph/types.js';
import type { Traceable } from './types.js';

/** A node that gets its name when its graph is complete. */
export interface Unnamed {
  readonly node: Node;
  readonly naming: Nameable;
  /** The name scopes that it lies in, the outermost first. */
  readonly scopes: readonly string[];
}

/** What an attribute is to an invocation, and whether that was read before anything was written. */
export interface AttributeUse {
  readonly value: unknown;
  readonly wasRead: boolean;
}

/** One module invocation while it runs. */
export interface Frame {
  readonly module: Traceable;
  /** How many invocations are around it. */
  readonly depth: number;
  readonly children: Unnamed[];
  /** The scopes that what happens now lies in. */
  scopes: readonly string[];
  /** Values of the module's own tensors in this invocation, by tensor id. */
  readonly tensors: Map<number, ValueId>;
  /** The same by property name; a tensor may have several. */
  readonly parameters: { readonly name: string; readonly value: ValueId }[];
  /** Attributes used in this invocation, of the module itself and of others, by name. */
  readonly attributes: Map<Traceable, Map<string, AttributeUse>>;
  /** Where its steps go: the caller's, or a list of its own below an opaque module. */
  readonly steps: Step[];
  readonly isOpaque: boolean;
  /** True where another function is recorded in place of `forward`. */
  readonly isCustom: boolean;
  /** Calls of submodules that an opaque module has made so far. */
  readonly calls: OpaqueCall[];
  /** Attributes that an opaque module is to see with another value. */
  readonly patchedAttributes: { readonly name: string; readonly scalar: Scalar }[];
}

/** An invocation that has just begun. */
export function newFrame(
  invocation: Pick<Frame, 'module' | 'depth' | 'steps' | 'isOpaque' | 'isCustom'>,
): Frame {
  return {
    ...invocation,
    children: [],
    scopes: [],
    tensors: new Map(),
    parameters: [],
    attributes: new Map(),
    calls: [],
    patchedAttributes: [],
  };
}

/** The attributes of a module as an invocation uses them. */
export function attributesOf({ attributes }: Frame, module: Traceable): Map<string, AttributeUse> {
  const known = attributes.get(module) ?? new Map<string, AttributeUse>();
  attributes.set(module, known);
  return known;
}

/** An op between its start and its end. */
export interface PendingOp {
  readonly name: string;
  readonly firstStep: number;
  readonly stack: readonly StackFrame[];
}

/** An op or constant without an explicit name whose result is one tensor. */
export function isWholeOp({ node, naming }: Unnamed): boolean {
  return naming.rule === 'op' && node.kind !== 'graph' && node.value.kind === 'tensor';
}

/** The node of a finished invocation, with names for its children. */
export function graphNode(frame: Frame, callee: string, stack: readonly StackFrame[]): GraphNode {
  const { children, module, isOpaque } = frame;
  const { node: output } = children.at(-1) as Unnamed;
  return {
    kind: 'graph',
    name: callee,
    type: module.typeName,
    callee,
    isOpaque,
    stack,
    children: [...arranged(children.slice(0, -1), 0), { ...output, name: 'output' }],
  };
}

/** Names nodes and gathers those of each scope, which stands where its first node does. */
function arranged(children: readonly Unnamed[], depth: number): Node[] {
  const scopes = new Map<string, Unnamed[]>();
  const rows: (Unnamed | string)[] = [];
  for (const child of children) {
    const scope = child.scopes[depth];
    if (scope === undefined) rows.push(child);
    else if (scopes.get(scope)?.push(child) === undefined) {
      scopes.set(scope, [child]);
      rows.push(scope);
    }
  }
  const names = assignNames(
    rows.map((row) => (typeof row === 'string' ? { wanted: row, rule: 'fixed' } : row.naming)),
  );
  return rows.map((row, index) => {
    const name = names[index] as string;
    if (typeof row !== 'string') return { ...row.node, name };
    return scopeNode(name, arranged(scopes.get(row) as Unnamed[], depth + 1));
  });
}

function scopeNode(name: string, children: readonly Node[]): GraphNode {
  return {
    kind: 'graph',
    name,
    type: 'Scope',
    callee: '',
    isOpaque: false,
    isScope: true,
    stack: [],
    children,
  };
}

/** The graph of a finished trace. */
export function graphOf(
  root: GraphNode,
  inputs: readonly Structure[],
  values: readonly TensorInfo[],
  steps: readonly Step[],
  unused: readonly string[],
  aliases: Graph['aliases'],
): Graph {
  const output = root.children.at(-1) as ValueNode;
  return { values, root, inputs, output: output.value, steps, unused, aliases };
}

/** Dotted names of modules that were not called, nor anything in them: a list of modules is not called itself. */
export function unusedNames(
  modules: ReadonlyMap<string, Traceable>,
  called: ReadonlySet<Traceable>,
): string[] {
  const used = [...modules].filter(([, module]) => called.has(module)).map(([name]) => name);
  return [...modules.keys()].filter((name) => !used.some((each) => `${each}.`.startsWith(`${name}.`)));
}
