import type { GraphDefNode } from './graph-def.js';

/** Operations of control flow and tables that give plain tensors; others may give handles of lists, loops and tables. */
const PLAIN = new Set([
  'TensorArrayGatherV3',
  'TensorArrayReadV3',
  'TensorArrayConcatV3',
  'TensorArraySizeV3',
  'TensorListStack',
  'TensorListGather',
  'TensorListGetItem',
  'TensorListConcat',
  'TensorListConcatV2',
  'TensorListLength',
  'Exit',
  'Merge',
  'LookupTableFind',
  'LookupTableFindV2',
  'LookupTableSize',
  'LookupTableSizeV2',
]);

/** What reads these is inside of a loop or a branch. */
const GATES = new Set(['Enter', 'Switch', 'NextIteration', 'LoopCond']);

const CATEGORIES = new Set(['control', 'hash_table']);

/** Whether what goes from one node to another has a meaning only while both run in one go. */
export function isHandle(from: GraphDefNode, to: GraphDefNode): boolean {
  if (GATES.has(from.op)) return true;
  return hasHandles(from) && !PLAIN.has(from.op) && hasHandles(to);
}

/** Whether a node is of control flow, or deals with lists, loops or tables. */
export function hasHandles({ category, types }: GraphDefNode): boolean {
  return CATEGORIES.has(category ?? '') || types.has('DT_VARIANT') || types.has('DT_RESOURCE');
}
