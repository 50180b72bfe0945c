/**
 * The graph as plain data: what a trace produces and everything else reads. It holds no
 * tensors; parameters and constants are referred to by key.
 */

/** Index into `Graph.values`. */
export type ValueId = number;

/** Shape and tfjs dtype of a tensor. */
export interface TensorInfo {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** What may stand in the place of a tensor in arguments and results. */
export type Scalar = number | boolean | string | null | undefined;

/**
 * Which scalar of a trace it is: they are counted as `forward` meets them. Everything before the n-th one is the
 * same in each trace that gives the earlier ones the same values.
 */
export type ScalarId = number;

/** An argument or result: any nesting of arrays and plain objects with tensors at the leaves. */
export type Structure =
  | { readonly kind: 'tensor'; readonly value: ValueId }
  | { readonly kind: 'array'; readonly items: readonly Structure[] }
  | { readonly kind: 'object'; readonly entries: Readonly<Record<string, Structure>> }
  | ScalarStructure;

/** A number, boolean or string that went in or out of a module, or an attribute of it. A graph holds for its value alone. */
export interface ScalarStructure {
  readonly kind: 'scalar';
  readonly scalar: Scalar;
  readonly id: ScalarId;
  /** True where a patch gave it another value than `forward` did. */
  readonly isPatched: boolean;
}

/** One frame of the call stack at a node, innermost first, in positions of the code that ran (1-based). */
export interface StackFrame {
  readonly url: string;
  readonly line: number;
  readonly column: number;
  readonly functionName: string | null;
}

interface NodeBase {
  readonly name: string;
  /** Where the author's code called it; empty for inputs, parameters, buffers and the root. */
  readonly stack: readonly StackFrame[];
}

/** One invocation of a module, or nodes of one that share a name scope. */
export interface GraphNode extends NodeBase {
  readonly kind: 'graph';
  /** The module's class name; `Scope` for a scope. */
  readonly type: string;
  /** How the calling module refers to it (`h.0.attn`); empty for the root. */
  readonly callee: string;
  /** True where the module's own `forward` runs instead of a recording of it (spec rule T7). */
  readonly isOpaque: boolean;
  /** True for a scope: it is no call, so that it has no inputs and no output, and no callee. */
  readonly isScope?: true;
  readonly children: readonly Node[];
}

/** What a node is: where its value comes from, or `output` for the result of its module. */
export type ValueKind = 'input' | 'parameter' | 'buffer' | 'attribute' | 'constant' | 'op' | 'output';

/** A value that a patch can change: its consumers read what the patch returns. */
export interface ValueNode extends NodeBase {
  readonly kind: ValueKind;
  /** The tfjs op that made it (`softmax`), else null. */
  readonly op: string | null;
  readonly value: Structure;
  /** Values that went in, in order of use. */
  readonly operands: readonly ValueId[];
  /** Settings of the op's first kernel, for display. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A node of the tree that paths name. */
export type Node = GraphNode | ValueNode;

/** A kernel of tfjs with its recorded arguments. */
export interface KernelStep {
  readonly kind: 'kernel';
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, ValueId | readonly ValueId[]>>;
  /** True where `inputs` was an array (as for `Concat`); its keys are then the indices. */
  readonly inputsAreArray: boolean;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly ValueId[];
}

/** The same tensor seen as another node: a module's input, its output, or an explicit name. */
export interface AliasStep {
  readonly kind: 'alias';
  readonly from: ValueId;
  readonly to: ValueId;
}

/** Reads a parameter or buffer by its dotted name. */
export interface ParameterStep {
  readonly kind: 'parameter';
  readonly key: string;
  readonly to: ValueId;
}

/** Reads a tensor that was made from numbers during the trace. */
export interface ConstantStep {
  readonly kind: 'constant';
  readonly key: string;
  readonly to: ValueId;
  /** Its value where it is a single number, for display. */
  readonly scalar: number | null;
}

/** Runs the `forward` of a module that cannot be recorded. Its submodules are recorded nevertheless. */
export interface OpaqueStep {
  readonly kind: 'opaque';
  /** Dotted name of the module below the root; empty for the root itself. */
  readonly module: string;
  readonly inputs: readonly Structure[];
  /** Tensors that the module holds, by property name. */
  readonly parameters: readonly { readonly name: string; readonly value: ValueId }[];
  /** Attributes that patches gave another value, by property name. */
  readonly attributes: readonly { readonly name: string; readonly scalar: Scalar }[];
  readonly output: Structure;
  /** The calls of submodules that `forward` made, in order. */
  readonly calls: readonly OpaqueCall[];
}

/** A recorded call inside of an opaque module: a small graph of its own, with values of the whole one. */
export interface OpaqueCall {
  /** Dotted name of the called module below the root. */
  readonly module: string;
  readonly inputs: readonly Structure[];
  readonly output: Structure;
  readonly steps: readonly Step[];
}

/** One thing that happens when a graph runs. */
export type Step = KernelStep | AliasStep | ParameterStep | ConstantStep | OpaqueStep;

/** A recorded model. */
export interface Graph {
  /** Shape and dtype of every value, by id. */
  readonly values: readonly TensorInfo[];
  readonly root: GraphNode;
  /** The arguments of the root, in order. */
  readonly inputs: readonly Structure[];
  readonly output: Structure;
  /** What happens, in order; every value is written by exactly one step or is an input. */
  readonly steps: readonly Step[];
  /** Dotted names of submodules that were never called. */
  readonly unused: readonly string[];
  /** Other names of nodes, with their paths. Those of paths that the graph lacks mean nothing. */
  readonly aliases: readonly (readonly [alias: string, path: string])[];
}
