import { type Entry, tensorInfo } from './paths.js';
import type { Graph } from './types.js';

/** What stands after the name of a node: `Tensor(3, 2)`, `Graph(6)`, `array(2)`, `number`. */
export function describeEntry(graph: Graph, entry: Entry): string {
  const { structure } = entry;
  if (structure === null) {
    const isOpaque = entry.node.kind === 'graph' && entry.node.isOpaque;
    return `${isOpaque ? 'OpaqueGraph' : 'Graph'}(${entry.children.length})`;
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

/** The subtree of an entry, as spec rule G2 draws it. */
export function printTree(graph: Graph, entry: Entry): string {
  const name = entry.parent === null ? '<root>' : entry.name;
  const lines = [`${name}: ${describeEntry(graph, entry)}`];
  printChildren(graph, entry, '', lines);
  return lines.join('\n');
}

function printChildren(graph: Graph, entry: Entry, indent: string, lines: string[]): void {
  entry.children.forEach((child, position) => {
    const isLast = position === entry.children.length - 1;
    lines.push(`${indent}${isLast ? '└─' : '├─'}${child.name}: ${describeEntry(graph, child)}`);
    printChildren(graph, child, `${indent}${isLast ? '  ' : '│ '}`, lines);
  });
}
