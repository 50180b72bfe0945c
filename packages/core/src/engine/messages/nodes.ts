export type NodeKind =
  | 'graph'
  | 'input'
  | 'parameter'
  | 'buffer'
  | 'attribute'
  | 'constant'
  | 'op'
  | 'output'
  /** A part of a structured value, dug out with `|`. */
  | 'part';

/** One line of the node-path tree. The tree is an array in preorder: a node's children follow it. */
export interface NodeRecord {
  /** The full node path, such as `transformer.h_2.attn.pattern`; `''` for the root. */
  path: string;
  /** Other names of the same node, such as those of TransformerLens' hooks. */
  aliases: string[];
  /** The last part of the path. */
  name: string;
  kind: NodeKind;
  /** Index of the parent in the array, -1 for the root. */
  parent: number;
  depth: number;
  childCount: number;
  /** What the tree prints after the name: `Tensor(1, 4, 7, 7)`, `Graph(6)`; the value of a number, boolean or string. */
  label: string;
  /** Class of a graph's module (`Linear`) or the op that made the node (`softmax`), else null. */
  type: string | null;
  /** Shape and dtype where the node is one tensor or a number (`[]`, `number`), else null. Only such nodes can be patched. */
  shape: number[] | null;
  dtype: string | null;
}

/** Where a node comes from in the author's code. */
export interface SourceView {
  path: string;
  /** The author's file and text, with the lines of the node marked (counted from 1), where known. */
  file: string | null;
  text: string | null;
  /** First and last marked line. */
  lines: [first: number, last: number] | null;
  functionName: string | null;
  /** For graphs: the compiled code, one assignment a line. For operations: the author's line(s). */
  code: string;
}
