import type { NodeRecord } from '@patchbay/core/client';
import type { NodeMatcher } from './match.js';

type Nodes = readonly NodeRecord[];

/** What the user opened (true) and closed (false) against the default. */
export type Openness = ReadonlyMap<string, boolean>;

/** A visible line of the tree. */
export interface TreeRow {
  node: NodeRecord;
  /** Index in the array of nodes. */
  index: number;
  isOpen: boolean;
  /** Whether the filter found this very node. */
  isMatch: boolean;
  /** Place among the visible siblings, from 1, and how many they are. */
  place: number;
  siblings: number;
}

type BareRow = Omit<TreeRow, 'place' | 'siblings'>;

const openDepth = 2;

/** Lines of the whole tree: what is open, in preorder. The first levels are open by default. */
export function browseRows(nodes: Nodes, opened: Openness): TreeRow[] {
  const rows: BareRow[] = [];
  const ends = subtreeEnds(nodes);
  for (let index = 0; index < nodes.length; ) {
    const node = nodes[index] as NodeRecord;
    const isOpen = node.childCount > 0 && (opened.get(node.path) ?? node.depth < openDepth);
    rows.push({ node, index, isOpen, isMatch: false });
    index = isOpen ? index + 1 : (ends[index] as number);
  }
  return withPlaces(rows);
}

/**
 * Lines of a filtered tree: the matches and what leads to them. A match whose parent matches too is only
 * shown when the user opens the parent, so that `attn` lists the attentions and not all inside of them.
 */
export function filteredRows(nodes: Nodes, matches: NodeMatcher, opened: Openness): TreeRow[] {
  const isMatch = findTopMatches(nodes, matches);
  const leads = new Uint8Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const { parent } = nodes[index] as NodeRecord;
    if (parent >= 0 && (isMatch[index] || leads[index])) leads[parent] = 1;
  }
  const rows: BareRow[] = [];
  const ends = subtreeEnds(nodes);
  const isInside = new Uint8Array(nodes.length);
  for (let index = 0; index < nodes.length; ) {
    const node = nodes[index] as NodeRecord;
    const isShown = isMatch[index] || leads[index] || isInside[node.parent] === 1;
    if (isMatch[index] || isInside[node.parent] === 1) isInside[index] = 1;
    const isOpen = node.childCount > 0 && (opened.get(node.path) ?? leads[index] === 1);
    if (isShown) rows.push({ node, index, isOpen, isMatch: isMatch[index] === 1 });
    index = isShown && isOpen ? index + 1 : (ends[index] as number);
  }
  return withPlaces(rows);
}

/** Opens everything that leads to a path. */
export function openTo(nodes: Nodes, path: string, opened: Openness): Openness {
  const result = new Map(opened);
  let node = nodes.find((each) => each.path === path);
  while (node !== undefined && node.parent >= 0) {
    node = nodes[node.parent];
    if (node !== undefined) result.set(node.path, true);
  }
  return result;
}

function withPlaces(rows: readonly BareRow[]): TreeRow[] {
  const counts = new Map<number, number>();
  const places = rows.map(({ node }) => {
    const place = (counts.get(node.parent) ?? 0) + 1;
    counts.set(node.parent, place);
    return place;
  });
  return rows.map((row, at) => ({
    ...row,
    place: places[at] ?? 1,
    siblings: counts.get(row.node.parent) ?? 1,
  }));
}

function findTopMatches(nodes: Nodes, matches: NodeMatcher): Uint8Array {
  const all = Uint8Array.from(nodes, (node) => (matches(node) ? 1 : 0));
  return all.map((each, index) => {
    const parent = nodes[index]?.parent ?? -1;
    return each === 1 && (parent < 0 || all[parent] === 0) ? 1 : 0;
  });
}

/** For each node the index after its last descendant. */
function subtreeEnds(nodes: Nodes): Int32Array {
  const ends = new Int32Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const end = Math.max(ends[index] as number, index + 1);
    ends[index] = end;
    const { parent } = nodes[index] as NodeRecord;
    if (parent >= 0) ends[parent] = Math.max(ends[parent] as number, end);
  }
  return ends;
}
