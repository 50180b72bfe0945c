import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { CheckpointError } from '../../errors.js';
import { fields, type ModelJson } from './model-json.js';

/** Names that TensorFlow allows for nodes. */
const NODE_NAME = /^[A-Za-z0-9.][\w.\\/>-]*$/;

const nodeDef = z.object({
  name: z.string().check(z.regex(NODE_NAME)),
  op: z.string(),
  input: z.optional(z.array(z.string())),
  attr: z.optional(z.record(z.string(), z.record(z.string(), z.unknown()))),
});

const graphDef = z.object({ node: z.array(nodeDef), library: z.optional(z.unknown()) });

const tensorInfo = z.object({
  name: z.string(),
  dtype: z.optional(z.union([z.string(), z.number()])),
  tensorShape: z.nullish(
    z.object({
      dim: z.optional(z.array(z.object({ size: z.optional(z.union([z.string(), z.number()])) }))),
      unknownRank: z.optional(z.boolean()),
    }),
  ),
  resourceId: z.nullish(z.number()),
});

const signatureDef = z.object({
  inputs: z.optional(z.record(z.string(), tensorInfo)),
  outputs: z.optional(z.record(z.string(), tensorInfo)),
});

/** A node of a graph as model.json has it. */
export type NodeDef = z.output<typeof nodeDef>;

/** A tensor in the signature of a graph. */
export type SignatureTensor = z.output<typeof tensorInfo>;

/** One of the tensors that a node computes. */
export interface Ref {
  readonly node: string;
  readonly index: number;
}

/** How tfjs reads an operation; private in its types. */
interface MappedNode {
  readonly category?: string;
  readonly inputParams: Readonly<
    Record<string, { type: string; inputIndexStart?: number; inputIndexEnd?: number }>
  >;
  readonly attrParams: Readonly<Record<string, { value?: unknown }>>;
}

/** A node of a graph and how it is computed. */
export interface GraphDefNode {
  readonly def: NodeDef;
  readonly name: string;
  readonly op: string;
  /** The kind of operation in tfjs, which decides on how it runs; null for one that it does not know. */
  readonly category: string | null;
  /** What goes in, without nodes that only have to run before. */
  readonly inputs: readonly Ref[];
  /** Which of the inputs are read as numbers, such as a shape or an axis, while the operation runs. */
  readonly isSetting: readonly boolean[];
  /** TensorFlow's types among the attributes, such as `DT_FLOAT`. */
  readonly types: ReadonlySet<string>;
  /** What tfjs reads from the attributes. */
  readonly attributes: MappedNode['attrParams'];
}

/** A graph of TensorFlow, checked to be one. */
export interface GraphDef {
  readonly nodes: ReadonlyMap<string, GraphDefNode>;
  /** Functions that control flow runs. */
  readonly library: unknown;
  /** Operations in these functions that tfjs does not know. */
  readonly unknownInLibrary: readonly string[];
  readonly signature: z.output<typeof signatureDef>;
}

/** Types by their numbers, which some converters write. */
const TYPES: Readonly<Record<string, string>> = {
  1: 'DT_FLOAT',
  2: 'DT_DOUBLE',
  3: 'DT_INT32',
  7: 'DT_STRING',
  8: 'DT_COMPLEX64',
  9: 'DT_INT64',
  10: 'DT_BOOL',
  19: 'DT_HALF',
  20: 'DT_RESOURCE',
  21: 'DT_VARIANT',
};

/** The name of a type of TensorFlow, given by name or number. */
export function typeName(type: unknown): string {
  return TYPES[String(type)] ?? String(type);
}

/**
 * Reads the graph of a graph model.
 * @throws CheckpointError for what is no graph
 */
export function readGraphDef({ modelTopology, signature }: ModelJson): GraphDef {
  const { node: defs, library } = fields(graphDef, modelTopology, 'The topology in model.json');
  const read = fields(signatureDef, signature ?? {}, 'The signature in model.json');
  const names = new Set(defs.map(({ name }) => name));
  if (names.size < defs.length) throw new CheckpointError('Two nodes in model.json have the same name.');
  for (const { name, input = [] } of defs) {
    for (const each of input)
      if (!names.has(refOf(each).node))
        throw new CheckpointError(`The node '${name}' in model.json reads '${each}', which is no node.`);
  }
  const { nodes: mapped, functions = {} } = mappedGraph(defs, library);
  const nodes = new Map(defs.map((def) => [def.name, graphNode(def, mapped[def.name] as MappedNode)]));
  const inFunctions = Object.values(functions).flatMap((each) => Object.values(each.nodes));
  const unknown = inFunctions.filter(({ category }) => category === undefined).map(({ op }) => op);
  return { nodes, library, unknownInLibrary: unknown, signature: read };
}

/** Which tensor an input such as `split:1` or `^init` means. */
export function refOf(input: string): Ref {
  const [node = '', ...rest] = input.replace(/^\^/, '').split(':');
  return { node, index: Number(rest.at(-1) ?? 0) };
}

/** `split:1`. */
export function keyOf({ node, index }: Ref): string {
  return `${node}:${index}`;
}

/** A model that tfjs runs, of nodes and the weights that these need. */
export function graphModel(
  parts: Pick<tf.io.ModelArtifacts, 'signature' | 'modelInitializer' | 'initializerSignature'> & {
    nodes: readonly NodeDef[];
    library?: unknown;
    weightSpecs?: tf.io.WeightsManifestEntry[];
    weightData?: ArrayBuffer[];
  },
): tf.GraphModel<tf.io.IOHandlerSync> {
  const { nodes, library, weightSpecs = [], weightData = [], ...rest } = parts;
  const node = nodes.map((def) => ({ ...def }));
  const modelTopology = { node, library, versions: {} };
  return tf.loadGraphModelSync({ modelTopology, weightSpecs, weightData, ...rest });
}

/** A graph as tfjs reads it. */
interface MappedGraph {
  readonly nodes: Readonly<Record<string, MappedNode>>;
  readonly functions?: Readonly<Record<string, { nodes: Record<string, MappedNode & { op: string }> }>>;
}

function mappedGraph(nodes: readonly NodeDef[], library: unknown): MappedGraph {
  try {
    const model = graphModel({ nodes, library }) as unknown as { executor: { graph: MappedGraph } };
    return model.executor.graph;
  } catch (error) {
    throw new CheckpointError(`TensorFlow.js cannot read the graph: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function graphNode(def: NodeDef, { category, inputParams, attrParams }: MappedNode): GraphDefNode {
  const inputs = (def.input ?? []).filter((input) => !input.startsWith('^')).map(refOf);
  const isSetting = inputs.map((_, index) =>
    Object.values(inputParams).some(
      ({ type, inputIndexStart, inputIndexEnd }) =>
        type !== 'tensor' &&
        type !== 'tensors' &&
        inputIndexStart !== undefined &&
        covers(inputIndexStart, inputIndexEnd, index, inputs.length),
    ),
  );
  const types = Object.values(def.attr ?? {}).flatMap((attr) => typesIn(attr));
  const { name, op } = def;
  return {
    def,
    name,
    op,
    category: category ?? null,
    inputs,
    isSetting,
    types: new Set(types),
    attributes: attrParams,
  };
}

/** Whether a parameter that is read from `start` on is at `index`; as in tfjs, the end 0 is the last input. */
function covers(start: number, end: number | undefined, index: number, count: number): boolean {
  const first = start < 0 ? count + start : start;
  if (end === undefined) return index === first;
  const last = end > 0 ? end : count + end;
  return index >= first && index < last;
}

function typesIn({ type, list }: Readonly<Record<string, unknown>>): string[] {
  const listed = typeof list === 'object' && list !== null ? Reflect.get(list, 'type') : undefined;
  const types: unknown[] = Array.isArray(listed) ? listed : [];
  return (type === undefined ? types : [type, ...types]).map(typeName);
}
