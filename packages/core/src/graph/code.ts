import { callOf, membersOf, type Scope, scopeOf } from './code-scope.js';
import { identifiersFor, literalText, objectText, propertyText } from './code-text.js';
import type { Entry, PathIndex } from './paths.js';
import { describeEntry } from './print.js';
import { valuesOf } from './structure.js';
import type { GraphNode, Structure, ValueId, ValueNode } from './types.js';

/**
 * The compiled graph of a module call as readable TypeScript, one assignment a line. What the module holds
 * is read from `this`, values that other modules made from `graph`, tensors made from numbers from `constants`.
 * Of a name scope, the lines of its nodes.
 */
export function graphCode(index: PathIndex, entry: Entry): string {
  const node = entry.node as GraphNode;
  const scope = scopeOf(index, callOf(entry));
  if (node.isScope === true)
    return membersOf(entry)
      .flatMap((child) => statement(index, scope, child) ?? [])
      .join('\n');
  const inputs = entry.children.filter((child) => child.node.kind === 'input');
  const body = node.isOpaque
    ? ['// Runs as written: it cannot be recorded.']
    : membersOf(entry).flatMap((child) => statement(index, scope, child) ?? []);
  return [
    `function ${identifiersFor([node.type || 'forward'])[0]}(${inputs.map((input) => scope.identifier(input)).join(', ')}) {`,
    ...body.map((line) => `  ${line}`),
    '}',
  ].join('\n');
}

/** The line of its module's compiled graph that makes a node; null for inputs, which callers give. */
export function statementCode(index: PathIndex, entry: Entry): string | null {
  return entry.parent === null ? null : statement(index, scopeOf(index, callOf(entry.parent)), entry);
}

function statement(index: PathIndex, scope: Scope, entry: Entry): string | null {
  const { node, parent } = entry;
  const assign = (text: string) => `const ${scope.identifier(entry)} = ${text};`;
  switch (node.kind) {
    case 'input':
      return null;
    case 'parameter':
    case 'buffer':
    case 'attribute':
      return assign(propertyText('this', propertyOf(scope, node)));
    case 'constant': {
      const text = structureText(node.value, (value) => scope.constant(value));
      const note = text.startsWith('tf.') ? '' : ` // ${describeEntry(index.graph, entry)}`;
      return assign(text) + note;
    }
    case 'op':
      return assign(opText(scope, node));
    case 'graph': {
      const inputs = entry.children.filter((child) => child.node.kind === 'input');
      const given = inputs.map(({ structure }) => argumentText(scope, structure as Structure));
      return assign(`${propertyText('this', node.callee.split('.'))}.apply(${given.join(', ')})`);
    }
    case 'output':
      if (parent?.node.kind === 'graph' && parent.node.isOpaque)
        return `// Made by ${parent.node.type}.forward, which runs as written.`;
      return `return ${argumentText(scope, node.value)};`;
  }
}

/** What goes in or out of a module: its tensors there are other names for tensors here. */
function argumentText(scope: Scope, structure: Structure): string {
  return structureText(structure, (value) => scope.source(value));
}

function opText(scope: Scope, { op, value, operands, settings }: ValueNode): string {
  const given = operands.map((operand) => scope.value(operand)).join(', ');
  if (op === 'identity' || op === null) return given;
  const set = Object.entries(settings)
    .filter(([, setting]) => setting !== undefined && setting !== null && setting !== false)
    .map(([key, setting]) => [key, literalText(setting)] as const);
  const [first] = valuesOf(value);
  const maker = first === undefined ? undefined : scope.maker(first);
  const takesArray = maker?.kind === 'kernel' && maker.inputsAreArray;
  const parts = [takesArray ? `[${given}]` : given, set.length > 0 ? objectText(set) : ''];
  return `${propertyText('tf', [op])}(${parts.filter((part) => part !== '').join(', ')})`;
}

/** How a module reads a tensor that it or another module holds (`wte.weight`), or an attribute. */
function propertyOf(scope: Scope, { name, value }: ValueNode): string[] {
  const maker = value.kind === 'tensor' ? scope.maker(value.value) : undefined;
  if (maker?.kind !== 'parameter') return [name];
  // The node is named by the end of a name with scopes.
  if (maker.key.includes('/')) return maker.key.split('.').slice(-1);
  // Names of nodes are the ends of keys with other separators, and a number where two clash.
  for (const wanted of [name, name.replace(/_\d+$/, '')]) {
    const end = maker.key.slice(-wanted.length);
    if (end.replaceAll('.', '_') === wanted) return end.split('.');
  }
  return maker.key.split('.').slice(-1);
}

function structureText(structure: Structure, read: (value: ValueId) => string): string {
  switch (structure.kind) {
    case 'tensor':
      return read(structure.value);
    case 'array':
      return `[${structure.items.map((item) => structureText(item, read)).join(', ')}]`;
    case 'object':
      return objectText(
        Object.entries(structure.entries).map(([key, entry]) => [key, structureText(entry, read)]),
      );
    case 'scalar':
      return literalText(structure.scalar);
  }
}
