import type * as tf from '@tensorflow/tfjs';
import { CheckpointError, GraphFileError } from '../errors.js';
import type { Graph, Node, StackFrame, Step } from '../graph/types.js';
import { jsonDepth } from '../load/json-text.js';
import { writeSafetensors } from '../load/write-safetensors.js';
import { allTensors, type Module, walk } from '../module/module.js';
import type { Trace } from '../trace/types.js';
import { crc32 } from './crc32.js';
import { CHECKSUM_KEY, DOCUMENT_KEY, type GraphDocument, MAX_DEPTH, type SourceRow } from './format.js';
import { GraphRows, type SharedRows } from './graph-rows.js';
import { Interned } from './interned.js';
import { VERSION } from './migrations.js';
import { findUnsavable, objectTable } from './object-table.js';
import { readDocument } from './read-document.js';
import { TensorTable } from './tensor-table.js';

/** What goes into a graph file. */
export interface SavedGraph {
  readonly module: Module;
  /** The traces to save, that of the example inputs first. */
  readonly traces: readonly Trace[];
  readonly isAsync: boolean;
  /** Where the author's code called a node with this stack, if that is known. */
  source(stack: readonly StackFrame[]): SourceRow | null;
}

/**
 * Writes a graph file (docs/graph-file.md): all that is needed to rebuild the graph without its classes.
 * @throws GraphFileError for what cannot be saved: tensors that are disposed or of a dtype that the format lacks, and
 * functions and the like in modules that run by themselves
 */
export async function saveGraph(saved: SavedGraph): Promise<Uint8Array<ArrayBuffer>> {
  const table = new TensorTable();
  const document = documentOf(saved, table);
  const text = JSON.stringify(document);
  const depth = jsonDepth(text);
  if (depth > MAX_DEPTH) {
    throw new GraphFileError(
      `The graph nests too deeply to be saved: its text has ${depth} levels, ${MAX_DEPTH} are allowed.`,
    );
  }
  checkLoads(text, table);
  const checksum = crc32(new TextEncoder().encode(text));
  try {
    return await writeSafetensors(table.written, { [DOCUMENT_KEY]: text, [CHECKSUM_KEY]: checksum });
  } catch (error) {
    if (error instanceof CheckpointError) throw new GraphFileError(error.message, { cause: error });
    throw error;
  }
}

/** What is saved can be loaded: what loading would refuse is told now. */
function checkLoads(text: string, { written }: TensorTable): void {
  try {
    readDocument(text, written, Number.POSITIVE_INFINITY);
  } catch (error) {
    if (!(error instanceof GraphFileError)) throw error;
    throw new GraphFileError(`The graph cannot be saved, as it could not be loaded. ${error.message}`, {
      cause: error,
    });
  }
}

function documentOf({ module, traces, isAsync, source }: SavedGraph, table: TensorTable): GraphDocument {
  for (const [name, tensor] of allTensors(module)) {
    if (!tensor.isDisposed) table.add(tensor, name, `The tensor '${name}'`);
  }
  const { objects, classes } = objectTable(module, (tensor) =>
    tensor.isDisposed ? null : table.add(tensor, 'nested', 'A tensor in an array or object of a module'),
  );
  checkOpaque(
    module,
    traces,
    classes.map(({ type }) => type),
  );
  const infos: SharedRows['infos'] = new Interned();
  const settings: SharedRows['settings'] = new Interned();
  const sources: SharedRows['sources'] = new Interned();
  const graphs = traces.map(({ graph, constants }, position) => {
    checkParameters(graph, module);
    const shared: SharedRows = {
      infos,
      settings,
      sources,
      constant: (key, tensor: tf.Tensor) =>
        table.add(tensor, `constant.${position}.${key}`, `The constant ${key} of a graph`),
      source: ({ stack }: Node) => source(stack),
    };
    return new GraphRows(constants, shared).of(graph);
  });
  return {
    version: VERSION,
    isAsync,
    tensors: table.rows,
    classes,
    objects,
    sources: sources.rows,
    infos: infos.rows,
    settings: settings.rows,
    graphs,
  };
}

/** @throws GraphFileError where a graph reads a tensor that is gone */
function checkParameters({ steps }: Pick<Graph, 'steps'>, module: Module): void {
  const tensors = new Map(allTensors(module));
  const check = (each: readonly Step[]): void => {
    for (const step of each) {
      if (step.kind === 'opaque') for (const call of step.calls) check(call.steps);
      if (step.kind !== 'parameter') continue;
      const tensor = tensors.get(step.key);
      if (tensor === undefined || tensor.isDisposed) {
        const what = tensor === undefined ? 'is no longer held by the model' : 'is disposed';
        throw new GraphFileError(`The tensor '${step.key}' ${what}, so the graph cannot be saved.`);
      }
    }
  };
  check(steps);
}

/** Modules that run by themselves need all that they hold, and a class that can be told by its name. */
function checkOpaque(root: Module, traces: readonly Trace[], types: readonly string[]): void {
  const modules = new Map<string, Module>();
  walk(root, '', (name, module) => modules.set(name, module));
  const check = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind !== 'opaque') continue;
      for (const call of step.calls) check(call.steps);
      const module = modules.get(step.module);
      if (module === undefined)
        throw new GraphFileError(
          `The module '${step.module}' is no longer held by the model, so the graph cannot be saved.`,
        );
      const where =
        step.module === ''
          ? `The model (${module.typeName})`
          : `The module '${step.module}' (${module.typeName})`;
      const unsavable = findUnsavable(module);
      if (unsavable !== null) {
        throw new GraphFileError(
          `${where} runs by itself in the graph, and holds ${unsavable.what} in '${unsavable.name}', which cannot be ` +
            'saved; scalars, tensors, modules, typed arrays, arrays and plain objects of them can.',
        );
      }
      if (types.filter((type) => type === module.typeName).length > 1) {
        throw new GraphFileError(
          `${where} runs by itself in the graph, and several classes of the model are called ${module.typeName}; ` +
            'give them different names: static typeName = ….',
        );
      }
    }
  };
  for (const { graph } of traces) check(graph.steps);
}
