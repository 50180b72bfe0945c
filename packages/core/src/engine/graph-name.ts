import type { PathIndex } from '../graph/paths.js';

const names = new WeakMap<PathIndex, string>();
let count = 0;

/** A name for a graph, by which the page tells whether it has its tree already. */
export function graphName(index: PathIndex): string {
  let name = names.get(index);
  if (name === undefined) {
    count += 1;
    name = `graph-${count}`;
    names.set(index, name);
  }
  return name;
}
