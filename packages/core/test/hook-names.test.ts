import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, type StoredTensor } from '../src/load/safetensors.js';
import { architectureOf } from '../src/models/registry.js';
import { RecordPatch, ZeroPatch } from '../src/patch/patches.js';
import { PatchableGraph } from '../src/patchable/patchable-graph.js';
import type { ModuleClasses } from '../src/save/load-graph.js';
import { useBackend } from './support/backend.js';
import { goldenBytes, goldenJson } from './support/golden.js';
import { difference, goldenModel } from './support/models.js';

/** All hooks that TransformerLens (of `version`) has in golden models. */
interface HookLists {
  version: string;
  models: Record<string, string[]>;
}

/** The hooks of TransformerLens that have no node here, and why. */
const WITHOUT_NODE: readonly [hook: RegExp, why: string][] = [
  [/\.hook_scale$/, 'norms here multiply with the reciprocal of it'],
  [/\.attn\.hook_result$/, 'what each head adds is not computed apart; TransformerLens does so on request'],
  [
    /\.hook_(attn_in|[qkv]_input)$/,
    'copies of the stream for each head, which TransformerLens makes on request',
  ],
  [/^(pooler|nsp_head)\./, 'a masked language model here has no pooler'],
];

/** What TransformerLens has after positions, and we before them: `[batch, position, head, headDim]`. */
const BY_HEAD = /\.hook_(q|k|v|z|rot_q|rot_k)$|\.[qk]_norm\./;

const { version, models } = await goldenJson<HookLists>('hook-names.json');
const configs = await Promise.all(
  Object.keys(models).map((name) => goldenJson<Record<string, unknown>>(`${name}/config.json`)),
);
const TASKS = configs.map((config) => architectureOf(config).task as 'text-generation' | 'fill-mask');
const CAUSAL = Object.keys(models).filter((_, at) => TASKS[at] === 'text-generation');

beforeAll(useBackend);

describe.each(
  Object.entries(models).map(([name, hooks], at) => ({ name, hooks, task: TASKS[at] as 'text-generation' })),
)(`$name and TransformerLens ${version}`, ({ name, hooks, task }) => {
  it('have the same values at all hooks but those that are known to have no node', async () => {
    const { graph, ids, free } = await traced(name, task);
    const values = new Map(readSafetensors(await goldenBytes(`${name}/hooks.safetensors`)));
    const found = hooks.filter((hook) => graph.match(hook).length === 1);
    const known = hooks.filter((hook) => !WITHOUT_NODE.some(([pattern]) => pattern.test(hook)));
    expect(found).toEqual(known);
    const records = new Map(found.map((hook) => [hook, new RecordPatch()]));
    graph.patch(records).apply(ids);
    let compared = 0;
    for (const [hook, { activations }] of records) {
      const expected = values.get(hook);
      if (expected === undefined) continue;
      compared += 1;
      expect(await hookDifference(hook, activations[0] as tf.Tensor, expected), hook).toBeLessThan(1e-4);
    }
    expect(compared).toBeGreaterThan(25);
    free();
  });

  it('patch the same node by its hook as by its path', async () => {
    const { graph, ids, free } = await traced(name, task);
    const [path] = graph.match('blocks.1.attn.hook_z') as [string];
    expect(path).not.toContain('hook');
    const zeroed = (key: string) => graph.patch({ [key]: new ZeroPatch() }).apply(ids).logits;
    const byHook = await stored(zeroed('blocks.1.attn.hook_z'));
    expect(await difference(zeroed(path), byHook)).toBe(0);
    expect(await difference(graph.apply(ids).logits, byHook)).toBeGreaterThan(0.1);
    free();
  });
});

it.each(CAUSAL)(
  'one pattern for all models finds the attention pattern of each layer of %s',
  async (name) => {
    const { graph, free } = await traced(name, 'text-generation');
    const { length } = (models[name] as string[]).filter((hook) => hook.endsWith('.hook_pattern'));
    const patterns = graph.match('blocks.*.attn.hook_pattern');
    expect(patterns.length).toBe(length);
    expect(graph.match('**.attn.pattern')).toEqual(patterns);
    expect(graph.match('blocks_*.attn.pattern')).toEqual(patterns);
    expect(graph.match('blocks_*.{resid_pre,resid_post}').length).toBe(2 * length);
    expect(graph.match('**.mlp.{pre,post}').length).toBe(2 * length);
    free();
  },
);

it('blocks with attention and feed-forward layer side by side have no stream between them', async () => {
  const { graph, free } = await traced('gpt-neox-tiny', 'text-generation');
  expect(graph.match('blocks.*.hook_resid_mid')).toEqual([]);
  expect(models['gpt-neox-tiny']).not.toContain('blocks.0.hook_resid_mid');
  free();
  const sequential = await traced('gpt-neox-options', 'text-generation');
  expect(sequential.graph.match('blocks.*.hook_resid_mid').length).toBe(2);
  sequential.free();
});

it('streams of an OPT with norms after them are those before the norm, as of a BERT', async () => {
  const { graph, free } = await traced('opt-projected', 'text-generation');
  expect(graph.match('blocks.*.hook_resid_{mid,post}')).toEqual([
    'model.decoder.layers_0.resid_mid',
    'model.decoder.layers_0.resid_post',
    'model.decoder.layers_1.resid_mid',
    'model.decoder.layers_1.resid_post',
  ]);
  free();
});

it('saved graphs keep the names of hooks', async () => {
  const { graph, free } = await traced('opt-tiny', 'text-generation');
  const loaded = await PatchableGraph.load(await graph.save());
  const hooks = models['opt-tiny'] as string[];
  const found = hooks.map((hook) => graph.match(hook));
  expect(found.flat().length).toBeGreaterThan(25);
  expect(hooks.map((hook) => loaded.match(hook))).toEqual(found);
  loaded.dispose();
  loaded.module.dispose();
  free();
});

it.each(['gemma3-tiny', 'gpt2-tiny', 'opt-projected', 'phi3-tiny'])(
  'a saved graph of %s takes longer inputs with the classes of any model like it',
  async (name) => {
    const { graph, free } = await traced(name, 'text-generation');
    const { model } = await goldenModel(name);
    const classes = [...model.namedModules().values()].map((each) => [each.typeName, each.constructor]);
    const modules: ModuleClasses = Object.fromEntries(classes);
    const loaded = await PatchableGraph.load<typeof model>(await graph.save(), { modules });
    const longer = tf.ones<tf.Rank.R2>([2, 7], 'int32');
    const { logits } = loaded.apply(longer);
    expect(await difference(model.apply(longer).logits, await stored(logits))).toBe(0);
    loaded.dispose();
    loaded.module.dispose();
    model.dispose();
    free();
  },
);

/** The graph of a golden model for the positions whose hooks were recorded. */
async function traced<T extends 'text-generation' | 'fill-mask'>(name: string, task: T) {
  const { model, golden } = await goldenModel(name, task as 'text-generation');
  const { values, shape } = golden.get('input_ids') as StoredTensor;
  // An encoder sees all of its input at each position.
  const length = task === 'fill-mask' ? (shape[1] as number) : 4;
  const ids = tf.tensor2d([...values].slice(0, length), [1, length], 'int32');
  const graph = new PatchableGraph(model, [ids]);
  const free = () => {
    ids.dispose();
    graph.dispose();
    model.dispose();
  };
  return { graph, ids, free };
}

/** The largest difference where scores are not masked; there, ours stand in for −∞. */
async function hookDifference(hook: string, actual: tf.Tensor, expected: StoredTensor): Promise<number> {
  const numbers = tf.tidy(() => {
    const turned = BY_HEAD.test(hook) ? actual.transpose([0, 2, 1, 3]) : actual;
    return turned.reshape([...expected.shape]);
  });
  const values = [...((await numbers.data()) as Float32Array)];
  numbers.dispose();
  return values.reduce((most, value, i) => {
    const wanted = expected.values[i] as number;
    const error = wanted === Number.NEGATIVE_INFINITY ? Number(value > -1e38) : Math.abs(value - wanted);
    return Math.max(most, error);
  }, 0);
}

async function stored(tensor: tf.Tensor): Promise<StoredTensor> {
  return { shape: tensor.shape, dtype: 'float32', values: (await tensor.data()) as Float32Array };
}
