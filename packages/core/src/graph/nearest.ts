/** What `nearestPaths` needs to know of a tree of nodes. */
export interface NamedTree {
  readonly path: string;
  readonly name: string;
  readonly children: readonly NamedTree[];
}

const MOST = 3;

/**
 * Up to three of the names that a wrong one may have been meant for, nearest first: those that differ in
 * case or separators alone (`h.0` for `h_0`), then those with another index, then those with few typos.
 */
export function nearestNames(names: Iterable<string>, wrong: string): string[] {
  const limit = Math.max(1, Math.round(wrong.length / 3));
  const loose = loosen(wrong);
  const stem = withoutIndices(loose);
  const scored: [name: string, distance: number][] = [];
  if (loose === '') return [];
  for (const name of names) {
    if (name === '') continue;
    const other = loosen(name);
    if (withoutIndices(other) === stem) {
      // Any other index is nearer than a typo.
      scored.push([name, 1 - 1 / (1 + indexDistance(other, loose))]);
    } else if (Math.abs(other.length - loose.length) <= limit) {
      const distance = editDistance(other, loose, limit);
      if (distance <= limit) scored.push([name, distance]);
    }
  }
  scored.sort((a, b) => a[1] - b[1]);
  return scored.slice(0, MOST).map(([name]) => name);
}

/**
 * Up to three existing paths that a wrong one may have been meant for. Each part of it is taken for the
 * nearest name at its place; where there is none, for the end of a longer path; else its siblings are shown.
 */
export function nearestPaths(root: NamedTree, wrong: string): string[] {
  const parts = wrong.split(/[.|]/);
  const { paths, deepest } = walk(root, parts);
  if (paths.length > 0) return paths;
  const ending = parts.at(-1) ?? '';
  const elsewhere = [...below(root)].filter(({ name }) => loosen(name) === loosen(ending));
  const chosen = elsewhere.length > 0 || deepest === root ? elsewhere : deepest.children;
  return chosen.slice(0, MOST).map(({ path }) => path);
}

/** Follows the parts of a path, each to its name or else to the names nearest to it. */
function walk(node: NamedTree, parts: readonly string[]): { paths: string[]; deepest: NamedTree } {
  const [part, next, ...others] = parts;
  if (part === undefined) return { paths: [node.path], deepest: node };
  const named = (name: string) => node.children.find((child) => loosen(child.name) === loosen(name));
  const exact = node.children.find(({ name }) => name === part) ?? named(part);
  if (exact !== undefined) return walk(exact, parts.slice(1));
  // Container indices are part of the name: `h.0` is `h_0`.
  const joined = next === undefined ? undefined : named(`${part}_${next}`);
  if (joined !== undefined) return walk(joined, others);
  const near = nearestNames(
    node.children.map(({ name }) => name),
    part,
  );
  const candidates = near.flatMap((name) => node.children.filter((child) => child.name === name));
  const paths = candidates.flatMap((child) => walk(child, parts.slice(1)).paths);
  return { paths: paths.slice(0, MOST), deepest: node };
}

function* below(node: NamedTree): Iterable<NamedTree> {
  for (const child of node.children) {
    yield child;
    yield* below(child);
  }
}

/** A name without the differences that are easily overlooked. */
function loosen(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/_$/, '');
}

function withoutIndices(loose: string): string {
  return loose.replace(/_?\d+/g, '');
}

function indexDistance(a: string, b: string): number {
  const [some = [], others = []] = [a, b].map((loose) => (loose.match(/\d+/g) ?? []).map(Number));
  const count = Math.max(some.length, others.length);
  // A name without an index is the first of its kind.
  const differences = Array.from({ length: count }, (_, i) => Math.abs((some[i] ?? 0) - (others[i] ?? 0)));
  return differences.reduce((sum, difference) => sum + difference, 0);
}

/** Levenshtein distance by the usual two-row table; anything above `limit` once it is above. */
function editDistance(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const insertion = (current[column - 1] ?? 0) + 1;
      const deletion = (previous[column] ?? 0) + 1;
      const distance = Math.min(substitution, insertion, deletion);
      current.push(distance);
      least = Math.min(least, distance);
    }
    if (least > limit) return Number.POSITIVE_INFINITY;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
