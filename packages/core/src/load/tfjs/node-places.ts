import { plainName } from './property-name.js';

/** Where a node of a graph is in the tree: in name scopes, the outermost first, under a name. */
export interface NodePlace {
  readonly scopes: readonly string[];
  readonly name: string;
}

/**
 * The places of nodes by their names. A slash ends a scope, but not where the scope would be called like a node: the
 * weight `dense/MatMul/ReadVariableOp` of `dense/MatMul` is `MatMul_ReadVariableOp` beside it.
 */
export function nodePlaces(names: readonly string[]): Map<string, NodePlace> {
  const all = new Set(names);
  return new Map(names.map((name) => [name, placeOf(name, all)]));
}

function placeOf(name: string, all: ReadonlySet<string>): NodePlace {
  const parts = name.split('/');
  const scopes: string[] = [];
  for (let end = 1; end < parts.length; end += 1) {
    if (all.has(parts.slice(0, end).join('/'))) break;
    scopes.push(plainName(parts[end - 1] as string));
  }
  return { scopes, name: parts.slice(scopes.length).map(plainName).join('_') };
}
