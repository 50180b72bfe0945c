import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, it } from 'vitest';
import type { Engine, PatchSpec, RunRequest } from '../src/engine/protocol.js';
import { createEngine } from '../src/engine/worker.js';
import { filesIn, outputOf } from './support/engine.js';

const PROMPT = 'When Mary and John went to the store, John gave a drink to';
let engine: Engine;

const FILES = ['config.json', 'model.safetensors', 'tokenizer.json'];
const FOLDER = 'public/models/little-world';

function patch(fields: Partial<PatchSpec>): PatchSpec {
  const path = 'transformer.h_2.attn.pattern';
  return { id: 'a', path, kind: 'zero', slice: '', value: 0, enabled: true, ...fields };
}

function request(patches: PatchSpec[], text = PROMPT, knownGraph: string | null = null): RunRequest {
  return { input: { kind: 'text', text }, patches, position: null, topK: 5, knownGraph };
}

beforeEach(async () => {
  engine = createEngine({ wasmFiles: {} });
  await engine.start('cpu');
  await engine.load({ kind: 'files', files: await filesIn(FOLDER, FILES) });
});

it('runs a prompt and describes its graph', async () => {
  const result = await engine.run(request([]));
  const { tokens, nodes, statistics, issues } = result;
  const { rows } = outputOf(result, 'vocabulary');
  expect(tokens.map(({ text }) => text).join('')).toBe(PROMPT);
  expect(rows[0]?.token.text).toBe(' Mary');
  expect(rows[0]?.patched).toEqual(rows[0]?.clean);
  expect(statistics.operations).toBeGreaterThan(100);
  expect(statistics.recomputed).toBe(0);
  expect(issues).toEqual([]);
  const pattern = nodes?.find(({ path }) => path === 'transformer.h_2.attn.pattern');
  expect(pattern).toMatchObject({
    kind: 'op',
    type: 'softmax',
    shape: [1, 4, tokens.length, tokens.length],
    depth: 4,
    aliases: ['blocks.2.attn.hook_pattern', 'blocks_2.attn.pattern'],
  });
});

it('compares a patched run with the clean one, recomputing only what is downstream', async () => {
  const { graph } = await engine.run(request([]));
  const all = patch({ path: 'transformer.h_3.output' });
  const result = await engine.run(request([all], PROMPT, graph));
  expect(result.nodes).toBeNull();
  expect(result.statistics.recomputed).toBeLessThan(result.statistics.operations / 4);
  expect(outputOf(result, 'vocabulary').divergence).toBeGreaterThan(0.1);
  expect(result.changed).toContain('lm_head.output');
  expect(result.changed).not.toContain('transformer.h_2.output');
  const delta = await engine.activation({ path: 'lm_head.output', side: 'delta', axes: null, index: [] });
  expect(delta.statistics.scale).toBeGreaterThan(1);
});

it('says what is wrong with a patch before running, and keeps the clean result', async () => {
  const wrong = [
    patch({ id: 'p', path: 'transformer.h_2.attn.patern' }),
    patch({ id: 's', slice: ':, 9' }),
    patch({ id: 'v', kind: 'add', value: [1, 2, 3] }),
    patch({ id: 'off', slice: 'nonsense', enabled: false }),
    patch({ id: 'probe', kind: 'probe', slice: ':, 9' }),
  ];
  const result = await engine.run(request(wrong));
  const { issues, statistics } = result;
  expect(issues.map(({ patchId, field }) => `${patchId} ${field}`)).toEqual([
    'p path',
    's slice',
    'v value',
    'probe slice',
  ]);
  expect(issues[0]?.message).toMatch(/transformer\.h_2\.attn\.pattern/);
  expect(statistics.recomputed).toBe(0);
  expect(outputOf(result, 'vocabulary').rows[0]?.token.text).toBe(' Mary');
});

it('reads probes at their place in the order, with their slice', async () => {
  const probes = ['before', 'after'].map((id) => patch({ id, kind: 'probe', slice: '0, 1, -1' }));
  const [before, after] = probes as [PatchSpec, PatchSpec];
  const { probes: readings } = await engine.run(request([before, patch({ id: 'z' }), after]));
  expect(readings.map(({ patchId, shape }) => [patchId, shape])).toEqual([
    ['before', [14]],
    ['after', [14]],
  ]);
  expect(readings[0]?.values.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 4);
  expect(readings[1]?.statistics.maximum).toBe(0);
});

it('cuts activations along any two axes and shows where they come from', async () => {
  await engine.run(request([]));
  const path = 'transformer.h_0.attn.pattern';
  const cut = await engine.activation({ path, side: 'clean', axes: [1, 3], index: [0, 0, 2, 0] });
  expect([cut.rows, cut.columns, cut.values.length]).toEqual([4, 14, 56]);
  for (let head = 0; head < 4; head += 1) {
    const row = cut.values.slice(head * 14, head * 14 + 14);
    expect(row.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 4);
    expect(Math.max(...row.slice(3))).toBe(0);
  }
  const source = await engine.source(path);
  expect(source.file).toBe('packages/core/src/nn/attention.ts');
  const line = source.text?.split('\n')[(source.lines?.[0] ?? 0) - 1];
  expect(line).toContain("named('pattern', tf.softmax(scores))");
  const block = await engine.source('transformer.h_1');
  expect(block.code).toContain('function GPT2Block(hiddenStates, mask)');
  expect(block.file).toBe('packages/core/src/models/gpt2.ts');
  expect(block.text?.split('\n')[(block.lines?.[0] ?? 0) - 1]).toContain(
    'forward(hiddenStates: tf.Tensor, mask: tf.Tensor)',
  );
});

it('refuses prompts that the model cannot take and keeps the last run', async () => {
  await engine.run(request([]));
  await expect(engine.run(request([], ''))).rejects.toThrow(/prompt is empty/);
  await expect(engine.run(request([], 'Mary '.repeat(90)))).rejects.toThrow(/reads at most 64/);
  const cut = await engine.activation({ path: 'inputIds', side: 'clean', axes: null, index: [] });
  expect(cut.columns).toBe(14);
});

it('a patched run that fails halfway leaves the clean run and no tensors', async () => {
  await engine.run(request([patch({})]));
  await engine.run(request([]));
  const before = tf.memory().numTensors;
  await engine.run(request([patch({})]));
  const failing = [
    patch({ id: 'probe', kind: 'probe', path: 'inputIds' }),
    patch({ id: 'bad', kind: 'replace', path: 'inputIds', value: 99999 }),
  ];
  await expect(engine.run(request(failing))).rejects.toThrow(/99999/);
  expect(tf.memory().numTensors).toBe(before);
  const path = 'transformer.h_2.attn.pattern';
  const { statistics } = await engine.activation({ path, side: 'delta', axes: null, index: [] });
  expect(statistics.scale).toBe(0);
});

it('the difference to masked scores is left out of statistics and scale', async () => {
  const path = 'transformer.h_0.attn.scores';
  await engine.run(request([patch({ path })]));
  const delta = await engine.activation({ path, side: 'delta', axes: null, index: [] });
  expect(delta.statistics.excluded).toBe((4 * 14 * 13) / 2);
  expect(delta.statistics.scale).toBeLessThan(100);
});

it('keeps the model when another one fails to load, and leaks nothing', async () => {
  await engine.run(request([]));
  const before = tf.memory().numTensors;
  const files = await filesIn(FOLDER, ['config.json', 'tokenizer.json']);
  await expect(engine.load({ kind: 'files', files })).rejects.toThrow(/There is no model\.safetensors/);
  const broken = [...files, new File([new Uint8Array(100)], 'model.safetensors')];
  await expect(engine.load({ kind: 'files', files: broken })).rejects.toThrow(/safetensors file is broken/);
  const other = [...files.slice(1), new File(['{"model_type": "mamba"}'], 'config.json')];
  await expect(engine.load({ kind: 'files', files: other })).rejects.toThrow(
    /'mamba' is not supported; .*gpt2/,
  );
  expect(tf.memory().numTensors).toBe(before);
  expect(outputOf(await engine.run(request([])), 'vocabulary').rows[0]?.token.text).toBe(' Mary');
});

it('leaks nothing over many patched runs and reloads', async () => {
  const edit = (step: number) => engine.run(request([patch({ slice: `:, ${step % 4}` })]));
  await edit(0);
  const before = tf.memory().numTensors;
  for (let step = 1; step <= 4; step += 1) await edit(step);
  expect(tf.memory().numTensors).toBe(before);
  const files = await filesIn(FOLDER, FILES);
  await engine.load({ kind: 'files', files });
  await edit(0);
  expect(tf.memory().numTensors).toBe(before);
});

it('[P6] shows and patches numbers like tensors without axes', async () => {
  const path = 'transformer.h_0.attn.scale';
  const { nodes } = await engine.run(request([]));
  const node = nodes?.find((each) => each.path === path);
  expect(node).toMatchObject({ kind: 'attribute', shape: [], dtype: 'number' });
  expect(Number(node?.label)).toBeCloseTo(1 / Math.sqrt(32), 6);
  const wrong = [patch({ id: 's', path, slice: '0' }), patch({ id: 'v', path, kind: 'add', value: [1, 2] })];
  const { issues } = await engine.run(request(wrong));
  expect(issues.map(({ patchId, field }) => `${patchId} ${field}`)).toEqual(['s slice', 'v value']);
  const probe = patch({ id: 'probe', path, kind: 'probe' });
  const result = await engine.run(request([patch({ path }), probe]));
  expect(outputOf(result, 'vocabulary').divergence).toBeGreaterThan(0.001);
  expect(result.probes[0]).toMatchObject({ patchId: 'probe', shape: [], values: [0] });
  expect(result.changed).toContain('transformer.h_0.attn.scores');
  expect(result.changed).not.toContain('transformer.h_0.attn.q');
  const ask = (of: string, side: 'clean' | 'patched') =>
    engine.activation({ path: of, side, axes: null, index: [] });
  expect([...(await ask(path, 'clean')).values]).toEqual([Math.fround(1 / Math.sqrt(32))]);
  expect([...(await ask(path, 'patched')).values]).toEqual([0]);
  const pattern = await ask('transformer.h_0.attn.pattern', 'patched');
  // Without a scale all keys that a query sees count the same.
  expect(pattern.values[13 * 14]).toBeCloseTo(1 / 14, 6);
  await expect(ask('transformer.h_0.attn', 'clean')).rejects.toThrow(/is a graph/);
});
