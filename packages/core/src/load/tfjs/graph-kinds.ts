import type { GraphDef, GraphDefNode } from './graph-def.js';

/**
 * What a node is to a run. A `weight` is stored. A `known` one depends on shapes and stored numbers alone, so that it is
 * the same for all inputs of the same shapes. A `recorded` one is an operation. What an `opaque` one computes, or how
 * large it is, depends on values, or it deals with texts: it runs by itself.
 */
export type NodeKind = 'input' | 'weight' | 'known' | 'recorded' | 'opaque';

/** Categories of tfjs whose operations wait, remember, or give tensors whose size depends on values. */
const OPAQUE_CATEGORIES = new Set(['control', 'dynamic', 'hash_table', 'string', 'ragged', 'sparse']);
const OPAQUE_OPS = new Set(['Unique', 'UniqueV2', 'BroadcastArgs']);
const SHAPE_OPS = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);
const RANDOM_OPS = new Set([
  'RandomStandardNormal',
  'RandomUniform',
  'RandomUniformInt',
  'TruncatedNormal',
  'Multinomial',
]);
const FLOATS = ['DT_FLOAT', 'DT_DOUBLE', 'DT_HALF', 'DT_COMPLEX64', 'DT_BFLOAT16'];
const HANDLES = ['DT_RESOURCE', 'DT_VARIANT'];

/** Whether a node is of floating-point numbers. */
export function isFloat({ types }: GraphDefNode): boolean {
  return FLOATS.some((type) => types.has(type));
}

/** Finds the kind of each node, in an order in which inputs come before what reads them. */
export class NodeKinds {
  private readonly kinds = new Map<string, NodeKind>();
  /** Known nodes that depend on a shape. */
  private readonly ofShapes = new Set<string>();

  constructor(
    private readonly graph: GraphDef,
    private readonly inputs: ReadonlySet<string>,
    private readonly outputs: ReadonlySet<string>,
    /** How many numbers each weight has. */
    private readonly sizes: ReadonlyMap<string, number>,
  ) {}

  of(name: string): NodeKind {
    return this.kinds.get(name) ?? 'recorded';
  }

  /** Finds the kinds of nodes that depend on each other, or of a single one. */
  add(nodes: readonly GraphDefNode[]): void {
    const [first] = nodes;
    for (const node of nodes) {
      const kind = nodes.length > 1 || first === undefined ? 'opaque' : this.find(node);
      this.kinds.set(node.name, kind);
    }
  }

  private find(node: GraphDefNode): NodeKind {
    if (this.inputs.has(node.name)) return 'input';
    if (node.op === 'Const') return 'weight';
    if (SHAPE_OPS.has(node.op) && !this.outputs.has(node.name)) {
      this.ofShapes.add(node.name);
      return 'known';
    }
    if (this.isOpaque(node)) return 'opaque';
    if (!this.outputs.has(node.name) && this.isKnown(node)) {
      if (node.inputs.some((input) => this.ofShapes.has(input.node))) this.ofShapes.add(node.name);
      return 'known';
    }
    const readsOther = node.inputs.some(
      (input, index) => node.isSetting[index] === true && !this.isNumbers(input.node),
    );
    return readsOther || this.countsForOpaque(node) ? 'opaque' : 'recorded';
  }

  private isOpaque({ op, category, types }: GraphDefNode): boolean {
    if (OPAQUE_CATEGORIES.has(category ?? '') || OPAQUE_OPS.has(op)) return true;
    return types.has('DT_STRING') || HANDLES.some((type) => types.has(type));
  }

  /** Whether the values of a node are known without the inputs' values. */
  private isNumbers(name: string): boolean {
    const kind = this.of(name);
    return kind === 'weight' || kind === 'known';
  }

  /** Floating-point weights are to stay in the graph: what is computed from them alone is recorded. */
  private isKnown({ op, inputs }: GraphDefNode): boolean {
    if (RANDOM_OPS.has(op) || inputs.length === 0) return false;
    if (!inputs.every(({ node }) => this.isNumbers(node))) return false;
    const floats = inputs.filter(({ node }) => this.isFloatWeight(node));
    if (floats.length === 0) return true;
    const isOfShapes = inputs.some(({ node }) => this.ofShapes.has(node));
    return isOfShapes && floats.every(({ node }) => this.isSingle(node));
  }

  private isFloatWeight(name: string): boolean {
    return this.of(name) === 'weight' && isFloat(this.graph.nodes.get(name) as GraphDefNode);
  }

  private isSingle(name: string): boolean {
    return this.sizes.get(name) === 1;
  }

  /** Whole numbers computed from what runs by itself are positions and counts, and no use without it. */
  private countsForOpaque(node: GraphDefNode): boolean {
    const { inputs, types } = node;
    return types.size > 0 && !isFloat(node) && inputs.some((input) => this.of(input.node) === 'opaque');
  }
}
