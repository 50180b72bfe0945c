import { type Entry, tensorInfo } from './paths.js';
import type { Graph, GraphNode } from './types.js';

/** What stands after the name of a node: `Tensor(3, 2)`, `Graph(6)`, `array(2)`, `number`. */
export function describeEntry(graph: Graph, entry: Entry): string {
  const { structure } = entry;
  if (structure === null) {
    return `${wordFor(entry.node as GraphNode)}(${entry.children.length})`;
  }
  switch (structure.kind) {
    case 'tensor':
      return `Tensor(${tensorInfo(graph, entry)?.shape.join(', ') ?? ''})`;
    case 'array':
    case 'object':
      return `${structure.kind}(${entry.children.length})`;
    case 'scalar':
      return structure.scalar === null ? 'null' : typeof structure.scalar;
  }
}

function wordFor({ isOpaque, isScope }: GraphNode): string {
  if (isScope === true) return 'Scope';
  return isOpaque ? 'OpaqueGraph' : 'Graph';
}

/** A node in one line, for where there is no room for its subtree: `<linear: Graph(6)>`. */
export function describeInLine(graph: Graph, entry: Entry): string {
  return `<${entry.parent === null ? 'root' : entry.name}: ${describeEntry(graph, entry)}>`;
}

/**
 * The subtree of an entry, as spec rule G2 draws it. One of more than `maxLines` lines is drawn only as
 * deep as whole levels fit, with a last line that says what is left out.
 */
export function printTree(graph: Graph, entry: Entry, maxLines = Number.POSITIVE_INFINITY): string {
  const name = entry.parent === null ? '<root>' : entry.name;
  const lines = [`${name}: ${describeEntry(graph, entry)}`];
  const { depth, total } = depthThatFits(entry, maxLines);
  const print = ({ children }: Entry, indent: string, level: number): void => {
    if (level > depth) return;
    for (const [position, child] of children.entries()) {
      if (lines.length >= maxLines) return;
      const isLast = position === children.length - 1;
      lines.push(`${indent}${isLast ? '└─' : '├─'}${child.name}: ${describeEntry(graph, child)}`);
      print(child, `${indent}${isLast ? '  ' : '│ '}`, level + 1);
    }
  };
  print(entry, '', 1);
  if (lines.length < total) lines.push(`… ${total - lines.length} more nodes; String(node) prints all.`);
  return lines.join('\n');
}

/** How many levels below the entry fit into so many lines, at least one, and how many lines all would be. */
function depthThatFits(entry: Entry, maxLines: number): { depth: number; total: number } {
  let depth = 1;
  let total = 1;
  let level = entry.children;
  for (let below = 1; level.length > 0; below += 1) {
    total += level.length;
    if (total <= maxLines) depth = below;
    level = level.flatMap(({ children }) => children);
  }
  return { depth, total };
}
