import { GraphFileError } from '../errors.js';
import type { StackFrame, TensorInfo } from '../graph/types.js';
import { parseJson } from '../load/json-text.js';
import { checkTrace } from './check-trace.js';
import { type ClassRow, MAX_DEPTH, type SourceRow, type TensorRow } from './format.js';
import { Item } from './item.js';
import { sizeOf } from './kernels/call.js';
import { MAX_ELEMENTS, MAX_GRAPHS, MAX_RANK } from './limits.js';
import { migrate } from './migrations.js';
import { checkReached, type ModuleNames, nameModules } from './module-names.js';
import { readDataEntries } from './plain-data.js';
import { type ReadGraph, readGraph } from './read-graph.js';
import { type ReadObject, readClasses, readObjects } from './read-objects.js';

/** A tensor as the safetensors part of a file has it. */
export interface StoredInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** All that a file says, checked, before anything is made of it. */
export interface ReadDocument {
  readonly isAsync: boolean;
  readonly tensors: readonly TensorRow[];
  readonly objects: readonly ReadObject[];
  readonly classes: readonly ClassRow[];
  readonly names: ModuleNames;
  readonly graphs: readonly ReadGraph[];
  /** What stands in nodes for a place in the author's code, with that place. */
  readonly sources: ReadonlyMap<readonly StackFrame[], SourceRow>;
}

const DTYPES: Readonly<Record<string, string>> = { F32: 'float32', I32: 'int32', BOOL: 'bool' };
const KINDS = ['parameter', 'buffer', 'tensor'] as const;
const VALUE_DTYPES = ['float32', 'int32', 'bool', 'complex64'] as const;

/**
 * Reads the text of a graph file and checks it as a whole: whatever passes can be rebuilt and run. Nothing is
 * allocated but what the text itself needs.
 * @throws GraphFileError
 */
export function readDocument(
  text: string,
  stored: readonly StoredInfo[],
  maxBytes: number | null,
): ReadDocument {
  const document = new Item(migrate(new Item(parsed(text))));
  const row = document.fields([
    'version',
    'isAsync',
    'tensors',
    'classes',
    'objects',
    'sources',
    'infos',
    'settings',
    'graphs',
  ]);
  const { rows: tensors, infos: tensorInfos } = readTensors(row.tensors, stored);
  const classes = readClasses(row.classes);
  const objects = readObjects(row.objects, classes, tensors.length);
  if (objects.length === 0) row.objects.fail('at least the model');
  checkReached(objects);
  const names = nameModules(objects);

  const sources = new Map(
    row.sources.list().map((each) => [[] as readonly StackFrame[], readSource(each)] as const),
  );
  const shared = {
    infos: row.infos.list().map(readInfo),
    settings: row.settings.list().map(readDataEntries),
    stacks: [...sources.keys()],
    tensorCount: tensors.length,
  };
  const graphItems = row.graphs.list();
  if (graphItems.length === 0 || graphItems.length > MAX_GRAPHS) row.graphs.fail(`1 to ${MAX_GRAPHS} graphs`);
  const graphs = graphItems.map((each) => readGraph(each, shared));
  checkOwners(tensors, objects, graphs, row.tensors);
  const storedElements = stored.reduce((sum, each) => sum + sizeOf(each), 0);
  for (const { graph, constants, item } of graphs)
    checkTrace(graph, { names, tensors: tensorInfos, constants }, { storedElements, maxBytes }, item);
  return { isAsync: row.isAsync.flag(), tensors, objects, classes, names, graphs, sources };
}

function parsed(text: string): unknown {
  try {
    return parseJson(text, MAX_DEPTH);
  } catch (error) {
    throw new GraphFileError(
      `The graph file is broken: its text is no JSON that can be read (${(error as Error).message}).`,
    );
  }
}

/** A shape whose size is sane. */
function readShape(item: Item): number[] {
  const sizes = item.list();
  if (sizes.length > MAX_RANK) item.fail(`at most ${MAX_RANK} sizes`);
  const shape = sizes.map((size) => size.natural(MAX_ELEMENTS));
  if (shape.reduce((product, size) => product * Math.max(size, 1), 1) > MAX_ELEMENTS)
    item.fail(`a shape of at most ${MAX_ELEMENTS} elements`);
  return shape;
}

function readInfo(item: Item): TensorInfo {
  const { dtype, shape } = item.fields(['dtype', 'shape']);
  return { shape: readShape(shape), dtype: dtype.oneOf(VALUE_DTYPES) };
}

function readTensors(item: Item, stored: readonly StoredInfo[]): { rows: TensorRow[]; infos: TensorInfo[] } {
  const byName = new Map(stored.map((each) => [each.name, each]));
  const left = new Set(byName.keys());
  const infos: TensorInfo[] = [];
  const rows = item.list().map((each): TensorRow => {
    const { data, kind, shape } = each.fields(['data', 'kind'], ['shape']);
    const found = byName.get(data.text());
    if (found === undefined) return data.fail('the name of a tensor in the file');
    left.delete(found.name);
    const dtype = Object.hasOwn(DTYPES, found.dtype) ? DTYPES[found.dtype] : undefined;
    if (dtype === undefined)
      throw data.error(`'${found.name}' is stored as ${found.dtype}, not as F32, I32 or BOOL`);
    const own = shape === undefined ? [...found.shape] : readShape(shape);
    if (sizeOf({ shape: own }) !== sizeOf(found)) each.fail(`a shape for ${sizeOf(found)} elements`);
    infos.push({ dtype, shape: own });
    const row = { data: found.name, kind: kind.oneOf(KINDS) };
    return shape === undefined ? row : { ...row, shape: own };
  });
  const [unused] = left;
  if (unused !== undefined) throw item.error(`'${unused.slice(0, 60)}' in the file is none of them`);
  return { rows, infos };
}

/** Checks that every tensor has one owner: the objects that hold it, or the graph whose constant it is. */
function checkOwners(
  tensors: readonly TensorRow[],
  objects: readonly ReadObject[],
  graphs: readonly ReadGraph[],
  item: Item,
): void {
  const owned = new Set<number>();
  for (const object of objects)
    for (const [, held] of object.contents) if (held.kind === 'tensor') owned.add(held.id);
  for (const { constants } of graphs) {
    for (const id of new Set(constants.values())) {
      if (owned.has(id) || tensors[id]?.kind !== 'tensor')
        throw item.error(`number ${id} is a constant, but no plain tensor, or held elsewhere`);
      owned.add(id);
    }
  }
  const lost = tensors.findIndex((_, id) => !owned.has(id));
  if (lost >= 0) throw item.error(`nothing holds number ${lost}`);
}

function readSource(item: Item): SourceRow {
  const { file, line, functionName, text, textLine } = item.fields([
    'file',
    'line',
    'functionName',
    'text',
    'textLine',
  ]);
  const textOrNull = (each: Item) => (each.value === null ? null : each.text());
  return {
    file: file.text(),
    line: line.natural(MAX_ELEMENTS),
    functionName: textOrNull(functionName),
    text: textOrNull(text),
    textLine: textLine.natural(MAX_ELEMENTS),
  };
}
