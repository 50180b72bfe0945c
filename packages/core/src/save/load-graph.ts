import * as tf from '@tensorflow/tfjs';
import { CheckpointError, GraphFileError, InputError } from '../errors.js';
import type { Graph, StackFrame } from '../graph/types.js';
import { openSafetensors, type SafetensorsFile } from '../load/safetensors.js';
import type { SafetensorsEntry } from '../load/safetensors-header.js';
import { allTensors, Module } from '../module/module.js';
import type { Trace } from '../trace/types.js';
import { missingKernels, unknownKernels } from './check-kernels.js';
import { crc32 } from './crc32.js';
import { CHECKSUM_KEY, type ClassRow, DOCUMENT_KEY, type SourceRow } from './format.js';
import { CONTAINERS } from './object-table.js';
import { type ReadDocument, readDocument } from './read-document.js';
import type { ReadGraph } from './read-graph.js';
import { type ClassFor, makeObjects, makeTensors } from './rebuild.js';
import { signatureWords } from './signature-words.js';

/** Classes of modules by `Module.typeName`. */
export type ModuleClasses = Readonly<Record<string, abstract new (...args: never[]) => Module>>;

/** How to load a graph file. */
export interface GraphFileOptions {
  /** The classes of modules that are to run by themselves: opaque ones, and all that new inputs or patched scalars need. */
  readonly modules?: ModuleClasses;
  /**
   * Kernels to be trusted though nothing is known of how much they make: registered by the caller, or with results
   * that are as large as the data say, such as `Unique`.
   */
  readonly trustedKernels?: readonly string[];
  /** Bytes that one run may hold at once, besides the model and its inputs. The default goes by their size. */
  readonly maxBytes?: number;
}

/** What a graph file held. The caller owns all tensors. */
export interface LoadedGraph {
  /** The model; it holds most tensors. */
  readonly module: Module;
  /** The traces, that of the example inputs first. Each holds its constants. */
  readonly traces: readonly Trace[];
  /** Tensors that `module.dispose` does not reach, as they lie in arrays and objects. */
  readonly others: readonly tf.Tensor[];
  readonly isAsync: boolean;
  /** Modules that run by themselves in one of the graphs. */
  readonly opaque: ReadonlySet<Module>;
  /** Where the author's code called the nodes with these stacks, which are empty. */
  readonly sources: ReadonlyMap<readonly StackFrame[], SourceRow>;
}

/**
 * Reads a graph file (docs/graph-file.md). Nothing in it is run, and no tensor is made before all is checked.
 * @throws GraphFileError for a file that is broken, of another kind or hostile, and for kernels that are not known;
 * InputError for classes that are missing, all in one error
 */
export async function loadGraph(bytes: Uint8Array, options: GraphFileOptions = {}): Promise<LoadedGraph> {
  await tf.ready();
  const file = open(bytes);
  const document = readDocument(textOf(file), file.entries, options.maxBytes ?? null);
  const graphs = document.graphs.map(({ graph }) => graph);
  checkKernels(graphs, options.trustedKernels ?? []);
  const classFor = classes(document, options.modules ?? {});
  return make(document, file, classFor);
}

function open(bytes: Uint8Array): SafetensorsFile {
  try {
    return openSafetensors(bytes);
  } catch (error) {
    if (error instanceof CheckpointError) throw new GraphFileError(error.message, { cause: error });
    throw error;
  }
}

function textOf({ metadata }: SafetensorsFile): string {
  const text = metadata.get(DOCUMENT_KEY);
  if (text === undefined) throw new GraphFileError('The file is no graph file: it holds tensors only.');
  const checksum = crc32(new TextEncoder().encode(text));
  if (metadata.get(CHECKSUM_KEY) !== checksum) {
    throw new GraphFileError(
      `The graph file is broken: the checksum of its text is ${checksum}, not ${String(metadata.get(CHECKSUM_KEY)).slice(0, 60)}.`,
    );
  }
  return text;
}

function checkKernels(graphs: readonly Graph[], trusted: readonly string[]): void {
  const unknown = unknownKernels(graphs).filter((kernel) => !trusted.includes(kernel));
  if (unknown.length > 0) {
    throw new GraphFileError(
      `Nothing is known of how much these kernels make: ${unknown.join(', ')}. ` +
        `Name them in { trustedKernels } if you trust the file.`,
    );
  }
  const missing = missingKernels(graphs);
  if (missing.length > 0) {
    throw new GraphFileError(
      `The backend '${tf.getBackend()}' has no kernels ${missing.join(', ')}, which the graph needs; choose another backend.`,
    );
  }
}

/** Which class the modules of each row get. @throws InputError listing all that opaque modules lack */
function classes({ classes: rows, graphs, names }: ReadDocument, given: ModuleClasses): ClassFor {
  const counts = new Map<string, number>();
  for (const { type } of rows) counts.set(type, (counts.get(type) ?? 0) + 1);
  const found = new Map<ClassRow, typeof Module | null>();
  for (const row of rows) {
    const isAlone = counts.get(row.type) === 1;
    const container = row.isContainer === true ? CONTAINERS.get(row.type) : undefined;
    found.set(row, container ?? (isAlone ? givenClass(given, row.type) : null));
  }
  const opaque = graphs.flatMap(({ graph }) => [...opaqueModules(graph)]);
  const missing = new Set(
    opaque
      .map((name) => names.modules.get(name)?.row as ClassRow)
      .filter((row) => found.get(row) === null)
      .map(({ type }) => type),
  );
  if (missing.size > 0) {
    const list = [...missing].join(', ');
    throw new InputError(
      `The graph runs modules by themselves whose classes are missing: ${list}. Give them: ` +
        `PatchableGraph.load(bytes, { modules: { ${list} } }).`,
    );
  }
  return (row: ClassRow) => found.get(row) ?? null;
}

function givenClass(given: ModuleClasses, type: string): typeof Module | null {
  if (!Object.hasOwn(given, type)) return null;
  const found: unknown = given[type];
  if (typeof found === 'function' && found.prototype instanceof Module)
    return found as unknown as typeof Module;
  throw new InputError(`What { modules } gives for '${type}' is no class of modules.`);
}

function* opaqueModules(graph: Pick<Graph, 'steps'>): Generator<string> {
  for (const step of graph.steps) {
    if (step.kind !== 'opaque') continue;
    yield step.module;
    for (const call of step.calls) yield* opaqueModules(call);
  }
}

function make(document: ReadDocument, file: SafetensorsFile, classFor: ClassFor): LoadedGraph {
  const { objects, names, graphs, isAsync, sources } = document;
  const entries = new Map(file.entries.map((entry) => [entry.name, entry]));
  const tensors = makeTensors(document, (name) => {
    const { values, shape, dtype } = file.read(entries.get(name) as SafetensorsEntry);
    return tf.tensor(values, shape, dtype);
  });
  const made = makeObjects(document, tensors, classFor, (type) => missingClass(type, graphs));
  const [module] = made as [Module];
  const traces = graphs.map(({ graph, constants }) => {
    const ofTrace = [...constants].map(([key, id]) => [key, tensors[id] as tf.Tensor] as const);
    return { graph, constants: new Map(ofTrace) };
  });
  const owned = new Set<tf.Tensor>(allTensors(module).map(([, tensor]) => tensor));
  for (const { constants } of traces) for (const tensor of constants.values()) owned.add(tensor);
  const others = tensors.filter((tensor) => !owned.has(tensor));
  const rows = graphs
    .flatMap(({ graph }) => [...opaqueModules(graph)])
    .map((name) => names.modules.get(name));
  const opaque = new Set(made.filter((_, id) => rows.includes(objects[id] as never)) as Module[]);
  return { module, traces, others, isAsync, opaque, sources };
}

/** How many kinds of inputs a message lists. */
const MOST_LISTED = 8;

function missingClass(type: string, graphs: readonly ReadGraph[]): InputError {
  const known = graphs.slice(0, MOST_LISTED).map(({ graph }) => signatureWords(graph));
  const more = graphs.length > MOST_LISTED ? ` and ${graphs.length - MOST_LISTED} more` : '';
  return new InputError(
    `${type}.forward has to run for this, but its class was not given: PatchableGraph.load(bytes, { modules: { ${type} } }). ` +
      `Without it the graph only takes inputs like those that it was saved with, and no patches on numbers, booleans ` +
      `and strings: ${known.join(', ')}${more}.`,
  );
}
