import { expect, it } from 'vitest';
import { checkGraph } from './check.js';
import type { Graph, GraphNode, Node } from './types.js';

const x = { kind: 'tensor', value: 0 } as const;

function value(kind: 'input' | 'op' | 'output', name: string): Node {
  return { kind, name, value: x, op: null, operands: [], settings: {}, stack: [] };
}

function scope(name: string, ...children: Node[]): GraphNode {
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

/** A graph that returns its input, with these nodes. */
function graph(...children: Node[]): Graph {
  const root: GraphNode = { ...scope('', ...children), type: 'Root' };
  const { isScope: _, ...call } = root;
  return {
    values: [{ shape: [], dtype: 'float32' }],
    root: call,
    inputs: [x],
    output: x,
    steps: [],
    unused: [],
    aliases: [],
  };
}

it('takes scopes in calls: they have neither inputs nor output', () => {
  checkGraph(graph(value('input', 'x'), scope('a', scope('b', value('op', 'y'))), value('output', 'output')));
  const inside = scope('a', value('op', 'y'), value('output', 'output'));
  expect(() => checkGraph(graph(inside, value('output', 'output')))).toThrow(
    "'a' is a scope, which has neither inputs nor an output.",
  );
  expect(() => checkGraph(graph(value('input', 'x')))).toThrow(
    'The last node of the root is not its output.',
  );
  const whole = graph(value('op', 'y'));
  expect(() => checkGraph({ ...whole, root: { ...whole.root, isScope: true } })).toThrow(
    'the root is a scope',
  );
});
