import { CheckpointError } from '../../errors.js';
import { partNames } from '../../graph/names.js';
import type { TensorSpec } from '../../models/tensor-model.js';
import {
  type GraphDef,
  type GraphDefNode,
  type Ref,
  refOf,
  type SignatureTensor,
  typeName,
} from './graph-def.js';
import { plainName } from './property-name.js';

/** An input or output of a graph. */
export interface Port {
  readonly spec: TensorSpec;
  readonly ref: Ref;
}

const DTYPES: Readonly<Record<string, string>> = {
  DT_INT8: 'int32',
  DT_INT16: 'int32',
  DT_INT32: 'int32',
  DT_INT64: 'int32',
  DT_UINT8: 'int32',
  DT_BOOL: 'bool',
  DT_STRING: 'string',
  DT_COMPLEX64: 'complex64',
};

/** A port before its name is made to differ from others'. */
type Named = readonly [name: string, ref: Ref, info: SignatureTensor | null];

/** What the signature lists, and further placeholders that the outputs depend on. */
export function inputPorts(graph: GraphDef, reached: readonly GraphDefNode[]): Port[] {
  // A resource is a table, which the graph makes itself.
  const signed = signedPorts(graph.signature.inputs, graph).filter(([, , info]) => info?.resourceId == null);
  const known = new Set(signed.map(([, ref]) => ref.node));
  const others = reached
    .filter(({ op, name, inputs }) => op.startsWith('Placeholder') && inputs.length === 0 && !known.has(name))
    .filter(({ types }) => !types.has('DT_RESOURCE'))
    .map(({ name }): Named => [name, { node: name, index: 0 }, null]);
  return ports([...signed, ...others], graph);
}

/** What the signature lists, or without one what nothing in the graph reads. @throws CheckpointError if there is none */
export function outputPorts(graph: GraphDef): Port[] {
  const signed = signedPorts(graph.signature.outputs, graph);
  const found = ports(signed.length > 0 ? signed : unread(graph), graph);
  if (found.length === 0) throw new CheckpointError('The graph in model.json has no outputs.');
  for (const { ref } of found)
    if (graph.nodes.get(ref.node)?.op === 'Const')
      throw new CheckpointError(
        `The output '${ref.node}' of the graph is a stored tensor; nothing is computed.`,
      );
  return found;
}

function unread({ nodes }: GraphDef): Named[] {
  const read = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  return [...nodes.values()]
    .filter(({ name, op }) => !read.has(name) && op !== 'Const' && op !== 'NoOp')
    .map(({ name }) => [name, { node: name, index: 0 }, null]);
}

function signedPorts(
  tensors: Readonly<Record<string, SignatureTensor>> | undefined,
  { nodes }: GraphDef,
): Named[] {
  return Object.entries(tensors ?? {}).map(([key, info]) => {
    const ref = refOf(info.name);
    if (!nodes.has(ref.node))
      throw new CheckpointError(`The signature in model.json names '${info.name}', which is no node.`);
    return [key, ref, info];
  });
}

function ports(named: readonly Named[], { nodes }: GraphDef): Port[] {
  const names = partNames(named.map(([name]) => plainName(name.replace(/:0$/, ''))));
  return named.map(([, ref, info], index) => {
    const { attributes } = nodes.get(ref.node) as GraphDefNode;
    const type = info?.dtype === undefined ? undefined : typeName(info.dtype);
    const dtype = type === undefined ? (attributes.dtype?.value ?? 'float32') : (DTYPES[type] ?? 'float32');
    const shape = info === null ? sizesIn(attributes.shape?.value) : shapeOf(info);
    return { ref, spec: { name: names[index] as string, shape, dtype: String(dtype) } };
  });
}

function shapeOf({ tensorShape }: SignatureTensor): TensorSpec['shape'] {
  if (tensorShape == null || tensorShape.unknownRank === true) return null;
  return sizesIn((tensorShape.dim ?? []).map(({ size }) => Number(size ?? -1)));
}

/** TensorFlow's -1 is any size. */
function sizesIn(shape: unknown): TensorSpec['shape'] {
  if (!Array.isArray(shape)) return null;
  return shape.map((size: unknown) => (typeof size === 'number' && size >= 0 ? size : null));
}
