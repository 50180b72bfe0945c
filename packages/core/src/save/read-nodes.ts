import type {
  GraphNode,
  Node,
  StackFrame,
  TensorInfo,
  ValueId,
  ValueKind,
  ValueNode,
} from '../graph/types.js';
import type { Item } from './item.js';
import { readStructure } from './structure-rows.js';

/** What graphs share in a file, already read. */
export interface SharedParts {
  readonly infos: readonly TensorInfo[];
  readonly settings: readonly Readonly<Record<string, unknown>>[];
  /** What stands for each place in the author's code. */
  readonly stacks: readonly (readonly StackFrame[])[];
  readonly tensorCount: number;
}

const VALUE_KINDS: readonly ValueKind[] = [
  'input',
  'parameter',
  'buffer',
  'attribute',
  'constant',
  'op',
  'output',
];

const NO_SETTINGS: Readonly<Record<string, unknown>> = {};
const NO_STACK: readonly StackFrame[] = [];

/** A value's number. @throws GraphFileError */
export function readValue(item: Item, valueCount: number): ValueId {
  return item.index(valueCount, 'values');
}

/** A list of values' numbers. @throws GraphFileError */
export function readValues(item: Item, valueCount: number): ValueId[] {
  return item.list().map((each) => readValue(each, valueCount));
}

/** The settings that a row names; none where it names none. @throws GraphFileError */
export function readSettings(
  item: Item | undefined,
  { settings }: SharedParts,
): Readonly<Record<string, unknown>> {
  return item === undefined ? NO_SETTINGS : pick(item, settings, 'settings');
}

/** Reads a module call of the tree with all below it. @throws GraphFileError */
export function readGraphNode(item: Item, valueCount: number, shared: SharedParts): GraphNode {
  const { name, type, callee, isOpaque, isScope, source, children } = item.fields(
    ['name', 'type', 'callee', 'children'],
    ['isOpaque', 'isScope', 'source'],
  );
  const readNode = (each: Item): Node =>
    each.has('children') ? readGraphNode(each, valueCount, shared) : readValueNode(each, valueCount, shared);
  return {
    kind: 'graph',
    name: name.text(),
    type: type.text(),
    callee: callee.text(),
    isOpaque: isOpaque?.flag() ?? false,
    ...(isScope?.flag() === true ? { isScope: true } : {}),
    stack: readStack(source, shared),
    children: children.list().map(readNode),
  };
}

function readValueNode(item: Item, valueCount: number, shared: SharedParts): ValueNode {
  const { name, kind, value, op, operands, settings, source } = item.fields(
    ['name', 'kind', 'value'],
    ['op', 'operands', 'settings', 'source'],
  );
  return {
    kind: kind.oneOf(VALUE_KINDS),
    name: name.text(),
    value: readStructure(value, valueCount),
    op: op?.text() ?? null,
    operands: operands === undefined ? [] : readValues(operands, valueCount),
    settings: readSettings(settings, shared),
    stack: readStack(source, shared),
  };
}

function readStack(item: Item | undefined, { stacks }: SharedParts): readonly StackFrame[] {
  return item === undefined ? NO_STACK : pick(item, stacks, 'sources');
}

function pick<T>(item: Item, list: readonly T[], of: string): T {
  return list[item.index(list.length, of)] as T;
}
