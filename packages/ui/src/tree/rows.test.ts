import type { NodeRecord } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { treeCommand, typeAhead } from './keyboard.js';
import { nodeMatcher } from './match.js';
import { browseRows, filteredRows, openTo } from './rows.js';

/** Records in preorder from paths in preorder. */
function tree(...paths: string[]): NodeRecord[] {
  return paths.map((path): NodeRecord => {
    const parentPath = path === '' ? null : path.split('.').slice(0, -1).join('.');
    const depth = path === '' ? 0 : path.split('.').length;
    const isParent = (other: string) => other !== '' && other.split('.').slice(0, -1).join('.') === path;
    const childCount = paths.filter(isParent).length;
    return {
      path,
      aliases: [],
      name: path.split('.').at(-1) ?? '',
      kind: childCount > 0 ? 'graph' : 'op',
      parent: parentPath === null ? -1 : paths.indexOf(parentPath),
      depth,
      childCount,
      label: '',
      type: null,
      shape: childCount > 0 ? null : [2],
      dtype: null,
    };
  });
}

const nodes = tree('', 'h', 'h.attn', 'h.attn.q', 'h.attn.pattern', 'h.mlp', 'h.mlp.act', 'logits');
const all = new Map(nodes.map(({ path }) => [path, true]));
const none = new Map<string, boolean>();

function paths(rows: readonly { node: NodeRecord }[]): string[] {
  return rows.map(({ node }) => node.path);
}

it('opens the first two levels', () => {
  expect(paths(browseRows(nodes, none))).toEqual(['', 'h', 'h.attn', 'h.mlp', 'logits']);
});

it('follows what the user opened and closed', () => {
  expect(paths(browseRows(nodes, all))).toEqual(nodes.map(({ path }) => path));
  expect(paths(browseRows(nodes, new Map([['h', false]])))).toEqual(['', 'h', 'logits']);
});

it('counts places among the visible siblings', () => {
  const places = browseRows(nodes, none).map(({ place, siblings }) => `${place}/${siblings}`);
  expect(places).toEqual(['1/1', '1/2', '1/2', '2/2', '2/2']);
});

it('filters to the outermost matches and what leads to them', () => {
  const matches = nodeMatcher('ATTN') ?? (() => false);
  expect(paths(filteredRows(nodes, matches, none))).toEqual(['', 'h', 'h.attn']);
  expect(paths(filteredRows(nodes, matches, new Map([['h.attn', true]])))).toEqual([
    '',
    'h',
    'h.attn',
    'h.attn.q',
    'h.attn.pattern',
  ]);
  expect(filteredRows(nodes, matches, none).map(({ isMatch }) => isMatch)).toEqual([false, false, true]);
});

it('shows nothing where nothing matches', () => {
  expect(filteredRows(nodes, () => false, none)).toEqual([]);
});

it.each([
  ['q', ['h.attn.q']],
  ['h.*.q', ['h.attn.q']],
  ['*.pattern', ['h.attn.pattern']],
  ['h.**', ['h.attn', 'h.attn.q', 'h.attn.pattern', 'h.mlp', 'h.mlp.act']],
  ['h.*', ['h.attn', 'h.mlp']],
  ['a*', ['h.attn', 'h.mlp.act']],
])('the filter %s finds %j', (filter, found) => {
  const matches = nodeMatcher(filter) ?? (() => true);
  expect(nodes.filter(matches).map(({ path }) => path)).toEqual(found);
});

it('takes many stars for two, in a moment', () => {
  const start = performance.now();
  const named = (path: string) => ({ path, aliases: [] });
  expect(nodeMatcher('****************x')?.(named('transformer.h_0.attn.c_attn.input.output'))).toBe(false);
  expect(nodeMatcher('h***q')?.(named('h.attn.q'))).toBe(true);
  expect(performance.now() - start).toBeLessThan(2000);
});

it.each([
  ['blocks.2.attn.hook_pattern', true],
  ['hook_PATT', true],
  ['blocks.*.attn.hook_pattern', true],
  ['**.hook_pattern', true],
  ['blocks_2.*.pattern', true],
  ['blocks.2.*.hook_q', false],
])('the filter %s finds a node by its other names: %s [N1]', (filter, isFound) => {
  const node = {
    path: 'transformer.h_2.attn.pattern',
    aliases: ['blocks.2.attn.hook_pattern', 'blocks_2.attn.pattern'],
  };
  expect(nodeMatcher(filter)?.(node)).toBe(isFound);
});

it('has no matcher without a filter', () => {
  expect(nodeMatcher('  ')).toBeNull();
});

it('opens what leads to a path', () => {
  const opened = openTo(nodes, 'h.attn.q', new Map([['h', false]]));
  expect(paths(browseRows(nodes, opened))).toContain('h.attn.q');
});

it('walks 100,000 nodes in a moment', () => {
  const names = Array.from({ length: 100_000 }, (_, i) => ({ ...(nodes[7] as NodeRecord), path: `n${i}` }));
  const root = { ...(nodes[0] as NodeRecord), childCount: names.length };
  const start = performance.now();
  expect(browseRows([root, ...names], none)).toHaveLength(100_001);
  // About 50 ms; quadratic work would take minutes. The bound is wide because test machines are busy.
  expect(performance.now() - start).toBeLessThan(2000);
});

const rows = browseRows(nodes, none);

it.each([
  [0, 'ArrowDown', { kind: 'focus', row: 1 }],
  [0, 'ArrowUp', { kind: 'focus', row: 0 }],
  [0, 'End', { kind: 'focus', row: 4 }],
  [4, 'Home', { kind: 'focus', row: 0 }],
  [1, 'ArrowRight', { kind: 'focus', row: 2 }],
  [2, 'ArrowRight', { kind: 'open', row: 2, isOpen: true }],
  [2, 'ArrowLeft', { kind: 'focus', row: 1 }],
  [1, 'ArrowLeft', { kind: 'open', row: 1, isOpen: false }],
  [4, 'ArrowRight', null],
  [4, 'Enter', { kind: 'select', row: 4 }],
  [4, 'p', { kind: 'patch', row: 4 }],
  [1, 'p', null],
  [1, 'c', { kind: 'copy', row: 1 }],
  [1, 'F1', null],
] as const)('from row %i the key %s does %j', (at, key, command) => {
  expect(treeCommand(rows, at, key)).toEqual(command);
});

it('finds rows by their first letters, around the end', () => {
  expect(typeAhead(rows, 0, 'm')).toBe(3);
  expect(typeAhead(rows, 3, 'm')).toBe(3);
  expect(typeAhead(rows, 4, 'at')).toBe(2);
  expect(typeAhead(rows, 0, 'x')).toBe(-1);
});
