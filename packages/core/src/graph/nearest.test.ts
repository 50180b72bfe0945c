import { describe, expect, it } from 'vitest';
import { type NamedTree, nearestNames, nearestPaths } from './nearest.js';

const BLOCKS = Array.from({ length: 12 }, (_, i) => `h_${i}`);

describe('[P5] [G1] names close to a wrong one', () => {
  it.each([
    ['liner', ['linear', 'x', 'output'], 'linear'],
    ['MatMul', ['matMul', 'matMul_1', 'add'], 'matMul matMul_1'],
    ['wieght', ['weight', 'bias'], 'weight'],
    ['h_12', BLOCKS, 'h_11 h_10 h_9'],
    ['h.0', BLOCKS, 'h_0 h_1 h_2'],
    ['h[3]', BLOCKS, 'h_3 h_2 h_4'],
    ['h', ['wte', ...BLOCKS], 'h_0 h_1 h_2'],
    ['add_3', ['add', 'add_1', 'and'], 'add_1 add'],
    ['7', ['0', '1', 'input'], '1 0'],
    ['q-proj', ['q_proj', 'k_proj', 'v_proj'], 'q_proj k_proj v_proj'],
    ['logits', ['x', 'output', 'linear'], ''],
    ['name', ['norm', 'x'], ''],
    ['', ['x'], ''],
    ['x', ['', 'x_1'], 'x_1'],
    ['$$', ['0', 'x'], ''],
  ])('%s', (wrong, names, close) => {
    expect(nearestNames(names, wrong).join(' ')).toBe(close);
  });
});

/** A tree of nodes from their paths. */
function tree(paths: readonly string[]): NamedTree {
  const root = { path: '', name: '', children: [] as NamedTree[] };
  const all = new Map<string, typeof root>([['', root]]);
  for (const path of paths) {
    const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('|'));
    const node = { path, name: path.slice(cut + 1), children: [] as NamedTree[] };
    all.set(path, node);
    all.get(path.slice(0, Math.max(cut, 0)))?.children.push(node);
  }
  return root;
}

const MODEL = tree([
  'inputIds',
  'transformer',
  'transformer.wte',
  ...[0, 1].flatMap((i) =>
    ['', '.attn', '.attn.q', '.attn.pattern', '.mlp', '.mlp.act'].map((end) => `transformer.h_${i}${end}`),
  ),
  'transformer.output',
  'output',
  'output|logits',
  'output|cache',
  'output|cache.sub_0',
]);

describe('[P5] paths close to a wrong one', () => {
  it.each([
    ['transformer.h.0.attn.pattern', 'transformer.h_0.attn.pattern'],
    ['transformer.h_0.attn.patern', 'transformer.h_0.attn.pattern'],
    ['transfomer.h_5.attn.Pattern', 'transformer.h_1.attn.pattern transformer.h_0.attn.pattern'],
    ['Transformer.H_1', 'transformer.h_1'],
    ['h_1.attn.pattern', 'transformer.h_0.attn.pattern transformer.h_1.attn.pattern'],
    ['attn.pattern', 'transformer.h_0.attn.pattern transformer.h_1.attn.pattern'],
    ['output.logits', 'output|logits'],
    ['output|cache.0', 'output|cache.sub_0'],
    ['transformer.h_0.attn.value', 'transformer.h_0.attn.q transformer.h_0.attn.pattern'],
    ['transformer.h_0.ffn.act', 'transformer.h_0.mlp.act transformer.h_1.mlp.act'],
    ['nothing', ''],
    ['', ''],
  ])('%s', (wrong, close) => {
    expect(nearestPaths(MODEL, wrong).join(' ')).toBe(close);
  });

  it('are found fast in a large tree', () => {
    const paths = Array.from({ length: 1000 }, (_, i) => `block_${i}`).flatMap((block) => [
      block,
      ...Array.from({ length: 99 }, (_, i) => `${block}.operation_${i}`),
    ]);
    const large = tree(paths);
    const start = performance.now();
    expect(nearestPaths(large, 'blok_500.operatoin_98')).toContain('block_500.operation_98');
    expect(nearestPaths(large, 'operation_98').length).toBe(3);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
