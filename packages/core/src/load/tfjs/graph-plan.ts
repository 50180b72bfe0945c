import { CheckpointError } from '../../errors.js';
import { components, finished } from './components.js';
import { type GraphDef, type GraphDefNode, keyOf, type Ref } from './graph-def.js';
import { NodeKinds } from './graph-kinds.js';
import { inputPorts, outputPorts, type Port } from './graph-ports.js';
import { hasHandles, isHandle } from './handles.js';

/** A part of a graph: its nodes are all recorded, or all run by themselves. */
export interface Stage {
  readonly kind: 'recorded' | 'opaque';
  readonly nodes: readonly GraphDefNode[];
  /** Tensors of other stages and inputs of the graph that it needs. */
  readonly takes: readonly Ref[];
  /** Its tensors that other stages need, or that the graph computes. */
  readonly gives: readonly Ref[];
}

/** How a graph is run, stage by stage. */
export class GraphPlan {
  constructor(
    readonly graph: GraphDef,
    readonly inputs: readonly Port[],
    readonly outputs: readonly Port[],
    readonly kinds: NodeKinds,
    readonly stages: readonly Stage[],
  ) {}
}

/**
 * Divides a graph into stages. `sizes` are those of the weights.
 * @throws CheckpointError for operations that tfjs does not know, and for weights that are missing
 */
export function planGraph(graph: GraphDef, sizes: ReadonlyMap<string, number>): GraphPlan {
  const outputs = outputPorts(graph);
  const roots = outputs.map(({ ref }) => ref.node);
  const inputsOf = (name: string) => (graph.nodes.get(name) as GraphDefNode).inputs.map(({ node }) => node);
  const reached = finished(roots, inputsOf).map((name) => graph.nodes.get(name) as GraphDefNode);
  checkReached(graph, reached, sizes);
  const users = usersOf(reached);
  const dependencies = (name: string): string[] => {
    const node = graph.nodes.get(name) as GraphDefNode;
    // A handle and what uses it are in one stage, as if in a circle.
    const held = (users.get(name) ?? []).filter((user) => isHandle(node, user));
    return [...inputsOf(name), ...held.map((user) => user.name)];
  };
  const inputs = inputPorts(graph, reached);
  const kinds = new NodeKinds(graph, namesOf(inputs), namesOf(outputs), sizes);
  const groups = components(roots, dependencies).map((group) =>
    group.map((name) => graph.nodes.get(name) as GraphDefNode),
  );
  for (const group of groups) {
    checkCircle(group);
    kinds.add(group);
  }
  checkInputRefs(reached, inputs);
  return new GraphPlan(graph, inputs, outputs, kinds, stagesOf(graph, groups, kinds, outputs));
}

type Kinds = Pick<GraphPlan, 'graph' | 'kinds'>;

/** The nodes with known values that nodes read, and those that these are computed from. */
export function knownFor(nodes: readonly GraphDefNode[], { graph, kinds }: Kinds): GraphDefNode[] {
  const knownIn = ({ inputs }: GraphDefNode) =>
    inputs.map(({ node }) => node).filter((name) => kinds.of(name) === 'known');
  const names = finished(nodes.flatMap(knownIn), (name) => knownIn(graph.nodes.get(name) as GraphDefNode));
  return names.map((name) => graph.nodes.get(name) as GraphDefNode);
}

/** The tensors that have to be there to run a node: what is known needs those whose shapes it depends on. */
export function sourcesOf(node: GraphDefNode, plan: Kinds): Ref[] {
  const read = [node, ...knownFor([node], plan)].flatMap(({ inputs }) => inputs);
  return read.filter((ref) => !['weight', 'known'].includes(plan.kinds.of(ref.node)));
}

function namesOf(ports: readonly Port[]): Set<string> {
  return new Set(ports.map(({ ref }) => ref.node));
}

function usersOf(nodes: readonly GraphDefNode[]): Map<string, GraphDefNode[]> {
  const users = new Map<string, GraphDefNode[]>();
  for (const node of nodes)
    for (const input of node.inputs) users.set(input.node, [...(users.get(input.node) ?? []), node]);
  return users;
}

function checkReached(
  { unknownInLibrary }: GraphDef,
  reached: readonly GraphDefNode[],
  sizes: ReadonlyMap<string, number>,
): void {
  const unknown = reached.filter(({ category }) => category === null).map(({ op }) => op);
  const usesLibrary = reached.some(({ category }) => category === 'control');
  const all = new Set([...unknown, ...(usesLibrary ? unknownInLibrary : [])]);
  if (all.size > 0)
    throw new CheckpointError(
      `The graph has operations that TensorFlow.js does not know: ${[...all].slice(0, 8).join(', ')}. If you have code for ` +
        'them, register it with tf.registerOp before loading.',
    );
  const missing = reached
    .filter(({ name, op }) => op === 'Const' && !sizes.has(name))
    .map(({ name }) => name);
  if (missing.length > 0)
    throw new CheckpointError(`model.json lists no weights for ${missing.slice(0, 8).join(', ')}.`);
}

function checkInputRefs(reached: readonly GraphDefNode[], inputs: readonly Port[]): void {
  const names = namesOf(inputs);
  for (const { name, inputs: read } of reached)
    for (const { node, index } of read)
      if (names.has(node) && index > 0)
        throw new CheckpointError(
          `The node '${name}' reads '${node}:${index}', but '${node}' is an input of the graph, which is one tensor.`,
        );
}

/** Only loops may read what they compute, and these have nodes of their own for it. */
function checkCircle(group: readonly GraphDefNode[]): void {
  const names = group.map(({ name }) => name);
  const isCircle =
    group.length > 1 || group.some(({ name, inputs }) => inputs.some(({ node }) => node === name));
  if (!isCircle || group.some(hasHandles)) return;
  throw new CheckpointError(
    `The nodes ${names.slice(0, 8).join(', ')} of the graph in model.json read from each other in a circle.`,
  );
}

/**
 * Nodes are in the first stage in which all that they need is there. Stages take turns: the first, third, … are recorded,
 * the others run by themselves.
 */
function stagesOf(
  graph: GraphDef,
  groups: readonly (readonly GraphDefNode[])[],
  kinds: NodeKinds,
  outputs: readonly Port[],
): Stage[] {
  const turns = new Map<string, number>();
  const members = new Map<number, GraphDefNode[]>();
  for (const group of groups) {
    const kind = kinds.of((group[0] as GraphDefNode).name);
    if (kind !== 'recorded' && kind !== 'opaque') continue;
    const own = kind === 'opaque' ? 1 : 0;
    const before = group
      .flatMap((node) => sourcesOf(node, { graph, kinds }))
      .map((source) => turns.get(source.node) ?? 0);
    const latest = Math.max(own, ...before);
    const turn = latest % 2 === own ? latest : latest + 1;
    for (const { name } of group) turns.set(name, turn);
    members.set(turn, [...(members.get(turn) ?? []), ...group]);
  }
  const inOrder = [...members].sort(([a], [b]) => a - b);
  const needs = inOrder.map(([turn, nodes]) => {
    const sources = nodes.flatMap((node) => sourcesOf(node, { graph, kinds }));
    return unique(sources.filter(({ node }) => turns.get(node) !== turn));
  });
  const wanted = unique([...needs.flat(), ...outputs.map(({ ref }) => ref)]);
  return inOrder.map(([turn, nodes], index) => ({
    kind: turn % 2 === 0 ? 'recorded' : 'opaque',
    nodes,
    takes: needs[index] as Ref[],
    gives: wanted.filter(({ node }) => turns.get(node) === turn),
  }));
}

function unique(refs: readonly Ref[]): Ref[] {
  return [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()];
}
