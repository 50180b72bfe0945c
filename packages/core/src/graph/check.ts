import { GraphError } from '../errors.js';
import { inputsOf } from './steps.js';
import { valuesOf } from './structure.js';
import type { Graph, GraphNode, Node, Step, ValueId } from './types.js';

/**
 * Checks what running and drawing a graph rely on: every value is known, written once, and before it is read; nodes
 * of one parent have different names, and the last of them is its output.
 * @throws GraphError
 */
export function checkGraph(graph: Graph): void {
  const written = new Set<ValueId>();
  const write = (values: readonly ValueId[], by: string): void => {
    for (const value of values) {
      checkValue(graph, value, by);
      if (written.has(value)) throw new GraphError(`The value ${value} is written again by ${by}.`);
      written.add(value);
    }
  };
  const read = (values: readonly ValueId[], by: string): void => {
    for (const value of values) {
      checkValue(graph, value, by);
      if (!written.has(value))
        throw new GraphError(`The value ${value} is read by ${by} before it is written.`);
    }
  };
  const checkSteps = (steps: readonly Step[]): void => {
    steps.forEach((step, position) => {
      const name = `step ${position} (${step.kind === 'kernel' ? step.kernel : step.kind})`;
      read(inputsOf(step), name);
      if (step.kind === 'opaque') {
        for (const call of step.calls) {
          write(call.inputs.flatMap(valuesOf), name);
          checkSteps(call.steps);
          read(valuesOf(call.output), name);
        }
        write(valuesOf(step.output), name);
      } else {
        write(step.kind === 'kernel' ? step.outputs : [step.to], name);
      }
    });
  };
  write(graph.inputs.flatMap(valuesOf), 'the inputs');
  checkSteps(graph.steps);
  read(valuesOf(graph.output), 'the output');
  checkNode(graph, graph.root, '');
}

function checkNode(graph: Graph, node: Node, path: string): void {
  if (node.kind !== 'graph') {
    for (const value of [...valuesOf(node.value), ...node.operands]) checkValue(graph, value, `'${path}'`);
    return;
  }
  checkOutput(node, path === '' ? 'the root' : `'${path}'`);
  const names = new Set<string>();
  for (const child of node.children) {
    if (names.has(child.name) || child.name === '')
      throw new GraphError(
        `There are two nodes '${child.name}' in ${path === '' ? 'the root' : `'${path}'`}.`,
      );
    names.add(child.name);
    checkNode(graph, child, path === '' ? child.name : `${path}.${child.name}`);
  }
}

/** A call ends with its output; a scope, which is none, has neither inputs nor output. */
function checkOutput({ isScope, children }: GraphNode, name: string): void {
  if (isScope === true) {
    const odd = children.find(({ kind }) => kind === 'input' || kind === 'output');
    if (odd !== undefined || name === 'the root')
      throw new GraphError(`${name} is a scope, which has neither inputs nor an output.`);
    return;
  }
  const last = children.at(-1);
  if (last?.kind !== 'output' || last.name !== 'output')
    throw new GraphError(`The last node of ${name} is not its output.`);
}

function checkValue(graph: Graph, value: ValueId, by: string): void {
  if (graph.values[value] === undefined)
    throw new GraphError(`There is no value ${value}, which ${by} names.`);
}
