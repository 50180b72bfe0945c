import type { Nameable } from '../graph/names.js';
import type {
  Graph,
  GraphNode,
  Node,
  OpaqueCall,
  StackFrame,
  Step,
  TensorInfo,
  ValueId,
  ValueNode,
} from '../graph/types.js';
import type { Traceable } from './types.js';

/** A node that gets its name when its graph is complete. */
export interface Unnamed {
  readonly node: Node;
  readonly naming: Nameable;
}

/** One module invocation while it runs. */
export interface Frame {
  readonly module: Traceable;
  readonly children: Unnamed[];
  /** Values of the module's own tensors in this invocation, by tensor id. */
  readonly tensors: Map<number, ValueId>;
  /** Where its steps go: the caller's, or a list of its own below an opaque module. */
  readonly steps: Step[];
  readonly isOpaque: boolean;
  /** Calls of submodules that an opaque module has made so far. */
  readonly calls: OpaqueCall[];
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

/** The graph of a finished trace: what goes in and out is what the root's nodes say. */
export function graphOf(
  root: GraphNode,
  values: readonly TensorInfo[],
  steps: readonly Step[],
  unused: readonly string[],
): Graph {
  const nodes = root.children.filter((child): child is ValueNode => child.kind !== 'graph');
  const inputs = nodes.filter(({ kind }) => kind === 'input').map(({ value }) => value);
  const output = nodes.find(({ kind }) => kind === 'output') as ValueNode;
  return { values, root, inputs, output: output.value, steps, unused };
}

/** Dotted names of modules that were not called, nor anything in them: a list of modules is not called itself. */
export function unusedNames(
  modules: ReadonlyMap<string, Traceable>,
  called: ReadonlySet<Traceable>,
): string[] {
  const used = [...modules].filter(([, module]) => called.has(module)).map(([name]) => name);
  return [...modules.keys()].filter((name) => !used.some((each) => `${each}.`.startsWith(`${name}.`)));
}
