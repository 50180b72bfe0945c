import type { Entry, PathIndex } from './paths.js';
import { valuesOf } from './structure.js';
import type { GraphNode, Structure, ValueId, ValueNode } from './types.js';

/** The compiled graph of a module call as readable TypeScript, one assignment a line. */
export function graphCode(index: PathIndex, entry: Entry): string {
  const graph = entry.node as GraphNode;
  const names = localNames(entry);
  const inputs = entry.children.filter(({ node }) => node.kind === 'input').map(({ name }) => name);
  const body = graph.isOpaque
    ? ['// Runs as written: it cannot be recorded.']
    : entry.children.flatMap((child) => statement(index, child, names));
  return [`function ${graph.type}(${inputs.join(', ')}) {`, ...body.map((line) => `  ${line}`), '}'].join(
    '\n',
  );
}

/** One line of the compiled graph: the assignment that makes a node. */
export function statement(index: PathIndex, entry: Entry, names: ReadonlyMap<ValueId, string>): string[] {
  const { node, name } = entry;
  switch (node.kind) {
    case 'input':
      return [];
    case 'parameter':
    case 'buffer':
      return [`const ${name} = this.${name};`];
    case 'constant':
      return [`const ${name} = constant(${shapeText(index, node.value)});`];
    case 'op':
      return [`const ${name} = ${opText(index, node, names)};`];
    case 'output':
      return [`return ${structureText(node.value, (value) => names.get(sourceOf(index, value)) ?? '?')};`];
    case 'graph': {
      const inputs = entry.children.filter((child) => child.node.kind === 'input');
      const given = inputs.map((child) => {
        const { value } = child.node as ValueNode;
        return structureText(value, (id) => names.get(sourceOf(index, id)) ?? '?');
      });
      return [`const ${name} = this.${node.callee}.apply(${given.join(', ')});`];
    }
  }
}

/** What each value that is visible inside a graph is called there. */
export function localNames(entry: Entry): Map<ValueId, string> {
  const names = new Map<ValueId, string>();
  for (const child of entry.children) {
    if (child.node.kind === 'output') continue;
    if (child.node.kind !== 'graph') collect(child.node.value, child.name, names);
    const output = child.children.find(({ node }) => node.kind === 'output')?.node;
    if (child.node.kind === 'graph' && output !== undefined && output.kind !== 'graph') {
      collect(output.value, child.name, names);
    }
  }
  return names;
}

function collect(structure: Structure, text: string, names: Map<ValueId, string>): void {
  if (structure.kind === 'tensor') names.set(structure.value, text);
  if (structure.kind === 'array')
    structure.items.forEach((item, i) => {
      collect(item, `${text}[${i}]`, names);
    });
  if (structure.kind === 'object') {
    for (const [key, entry] of Object.entries(structure.entries)) collect(entry, `${text}.${key}`, names);
  }
}

const aliasSources = new WeakMap<PathIndex, Map<ValueId, ValueId>>();

/** The value that an alias (a module's input or output) stands for. */
function sourceOf(index: PathIndex, value: ValueId): ValueId {
  let sources = aliasSources.get(index);
  if (sources === undefined) {
    sources = new Map();
    for (const step of index.graph.steps) if (step.kind === 'alias') sources.set(step.to, step.from);
    aliasSources.set(index, sources);
  }
  return sources.get(value) ?? value;
}

function opText(
  index: PathIndex,
  { op, operands, settings }: ValueNode,
  names: ReadonlyMap<ValueId, string>,
): string {
  const given = operands
    .map((value) => names.get(value) ?? scalarText(index, value))
    .filter((text) => text !== null);
  if (op === 'identity') return given.join(', ');
  const set = Object.entries(settings)
    .filter(([, setting]) => setting !== undefined && setting !== null && setting !== false)
    .map(([key, setting]) => `${key}: ${JSON.stringify(setting)}`);
  return `tf.${op}(${[...given, ...(set.length > 0 ? [`{ ${set.join(', ')} }`] : [])].join(', ')})`;
}

/** A number that the author's code gave to an op. */
function scalarText(index: PathIndex, value: ValueId): string | null {
  const step = index.graph.steps.find((each) => each.kind === 'constant' && each.to === value);
  return step?.kind === 'constant' && step.scalar !== null ? String(step.scalar) : null;
}

function structureText(structure: Structure, name: (value: ValueId) => string): string {
  switch (structure.kind) {
    case 'tensor':
      return name(structure.value);
    case 'array':
      return `[${structure.items.map((item) => structureText(item, name)).join(', ')}]`;
    case 'object': {
      const entries = Object.entries(structure.entries);
      return `{ ${entries.map(([key, entry]) => `${key}: ${structureText(entry, name)}`).join(', ')} }`;
    }
    case 'scalar':
      return JSON.stringify(structure.scalar) ?? 'undefined';
  }
}

function shapeText(index: PathIndex, structure: Structure): string {
  const [value] = valuesOf(structure);
  const info = value === undefined ? undefined : index.graph.values[value];
  return info === undefined ? '' : `[${info.shape.join(', ')}], '${info.dtype}'`;
}
