import type { Graph, TensorInfo } from '../graph/types.js';
import type { Item } from './item.js';
import { readGraphNode, type SharedParts } from './read-nodes.js';
import { StepReader } from './read-steps.js';
import { readStructure } from './structure-rows.js';

/** A graph of a file. Its constants are numbers of tensors, by the keys of its steps. */
export interface ReadGraph {
  readonly graph: Graph;
  readonly constants: ReadonlyMap<string, number>;
  /** Where it stands in the file. */
  readonly item: Item;
}

/** Reads a graph as it is written; whether it is sound is checked afterwards. @throws GraphFileError */
export function readGraph(item: Item, shared: SharedParts): ReadGraph {
  const row = item.fields(['values', 'inputs', 'output', 'root', 'steps', 'unused', 'aliases']);
  const { infos } = shared;
  const values = row.values.list().map((each) => infos[each.index(infos.length, 'infos')] as TensorInfo);
  const reader = new StepReader(values.length, shared);
  const graph: Graph = {
    values,
    root: readGraphNode(row.root, values.length, shared),
    inputs: row.inputs.list().map((each) => readStructure(each, values.length)),
    output: readStructure(row.output, values.length),
    steps: reader.steps(row.steps),
    unused: row.unused.list().map((name) => name.text()),
    aliases: row.aliases.list().map((each) => each.pair().map((name) => name.text()) as [string, string]),
  };
  return { graph, constants: reader.constants, item };
}
