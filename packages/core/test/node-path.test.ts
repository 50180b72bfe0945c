import { start } from 'node:repl';
import { PassThrough } from 'node:stream';
import { formatWithOptions, inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexPaths } from '../src/graph/paths.js';
import type { GraphNode, Node } from '../src/graph/types.js';
import { PatchableGraph } from '../src/index.js';
import { nodePath } from '../src/patchable/node-path.js';
import { Sources } from '../src/patchable/sources.js';
import { useBackend } from './support/backend.js';
import { counting, ToyModel, ToyZoo } from './support/toy-models.js';

beforeAll(useBackend);

const toy = () => new PatchableGraph(new ToyModel(), [counting(3, 2) as never]).graph;

describe("[G1] Node's REPL", () => {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  const repl = start({ input, output, prompt: '> ', terminal: false });
  afterAll(() => repl.close());

  const complete = (line: string) =>
    new Promise<string[]>((resolve, reject) =>
      repl.completer(line, (error, result) =>
        error ? reject(error) : resolve((result as [string[], string])[0].filter((name) => name !== '')),
      ),
    );

  beforeAll(() => {
    repl.context.g = toy();
    repl.context.zoo = new PatchableGraph(new ToyZoo(), [counting(3, 2) as never]).graph;
  });

  it.each([
    ['g.', 'g.linear g.output g.x'],
    ['g.li', 'g.linear'],
    [
      'g.linear.',
      'g.linear.add g.linear.bias g.linear.input g.linear.matMul g.linear.output g.linear.weight',
    ],
    ['g.linear.w', 'g.linear.weight'],
    ['g.linear.weight.', ''],
    ['zoo.output.nested.', 'zoo.output.nested.again zoo.output.nested.masked zoo.output.nested.tied'],
    ['g._', ''],
    ['g.liner.', ''],
  ])('completes %s', async (line, names) => {
    expect((await complete(line)).sort().join(' ')).toBe(names);
  });

  it('prints the tree', async () => {
    output.read();
    input.write('g.linear\n');
    input.write('g.liner\n');
    await new Promise((resolve) => setImmediate(resolve));
    const printed = String(output.read());
    expect(printed).toContain('linear: Graph(6)\n├─input: Tensor(3, 2)\n');
    expect(printed).toContain("The root has no 'liner'. Close to it: linear.");
  });
});

describe("[G2] Node's console", () => {
  it('prints the tree of a node', () => {
    const graph = toy();
    expect(inspect(graph)).toBe(String(graph));
    expect(inspect(graph, { depth: 0 })).toBe(String(graph));
    expect(inspect(graph, { depth: null })).toBe(String(graph));
    expect(formatWithOptions({ colors: true }, graph)).toBe(String(graph));
    expect(formatWithOptions({}, 'the %s', graph.x)).toBe('the x: Tensor(3, 2)');
  });

  it('prints one line for a node inside of something else', () => {
    const graph = toy();
    expect(inspect({ graph })).toBe('{ graph: <root: Graph(3)> }');
    expect(inspect([graph.linear, { deep: graph.linear?.bias }])).toBe(
      '[ <linear: Graph(6)>, { deep: <bias: Tensor(3)> } ]',
    );
    expect(inspect({ ...graph })).toBe(
      '{\n  x: <x: Tensor(3, 2)>,\n  linear: <linear: Graph(6)>,\n  output: <output: Tensor(3, 3)>\n}',
    );
    expect(inspect(new Map([[graph.x, 1]]))).toBe('Map(1) { <x: Tensor(3, 2)> => 1 }');
  });
});

/** A tree of `width` children a level, all below the first `depth` levels tensors. */
function hugeGraph(width: number, depth: number): ReturnType<typeof indexPaths> {
  const base = { stack: [], name: '' };
  const tensor = (name: string): Node => ({
    ...base,
    name,
    kind: 'op',
    op: 'add',
    value: { kind: 'tensor', value: 0 },
    operands: [],
    settings: {},
  });
  const module = (name: string, level: number): GraphNode => ({
    ...base,
    name,
    kind: 'graph',
    type: 'Block',
    callee: name,
    isOpaque: false,
    children: Array.from({ length: width }, (_, i) =>
      level === depth ? tensor(`add_${i}`) : module(`h_${i}`, level + 1),
    ),
  });
  const root = module('', 1);
  const values = [{ shape: [2, 3], dtype: 'float32' }];
  return indexPaths({
    values,
    root,
    inputs: [],
    output: { kind: 'array', items: [] },
    steps: [],
    unused: [],
    aliases: [],
  });
}

describe('[G2] a graph of more than 100,000 nodes', () => {
  const index = hugeGraph(47, 3);

  it('is printed whole by String, in less than a second', () => {
    const begin = process.cpuUsage();
    const graph = nodePath(index, index.root, new Sources());
    const printed = String(graph);
    const { user, system } = process.cpuUsage(begin);
    expect((user + system) / 1e6).toBeLessThan(1);
    expect(printed.split('\n').length).toBe(1 + 47 + 47 ** 2 + 47 ** 3);
    expect(printed.endsWith('    └─add_46: Tensor(2, 3)')).toBe(true);
    expect(graph.h_46?.h_1?.add_2?._path).toBe('h_46.h_1.add_2');
  });

  it('is printed only as deep as its levels fit on the console', () => {
    const graph = nodePath(index, index.root, new Sources());
    const lines = inspect(graph).split('\n');
    expect(lines.slice(0, 3)).toEqual(['<root>: Graph(47)', '├─h_0: Graph(47)', '├─h_1: Graph(47)']);
    expect(lines.length).toBe(1 + 47 + 1);
    expect(lines.at(-1)).toBe('… 106032 more nodes; String(node) prints all.');
    expect(inspect(graph.h_3?.h_1)).toBe(String(graph.h_3?.h_1));
  });

  it('with all nodes on one level is cut', () => {
    const flat = hugeGraph(100_000, 1);
    const lines = inspect(nodePath(flat, flat.root, new Sources())).split('\n');
    expect(lines.length).toBe(2001);
    expect(lines.at(-1)).toBe('… 98001 more nodes; String(node) prints all.');
  });
});
