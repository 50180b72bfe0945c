import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, inject, it } from 'vitest';
import type { StoredTensor } from '../../src/load/safetensors.js';
import type { KeyValues } from '../../src/nn/key-values.js';
import { RecordPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { mostLikelyAlong } from '../support/greedy.js';
import { difference, goldenModel } from '../support/models.js';

/** A GPU in software is slow. */
const isSlow = inject('backend') === 'webgpu';
const TOLERANCE = isSlow ? 1e-3 : 1e-4;

const NAMES = [
  'gemma2-tiny',
  'gemma2-options',
  'gemma3-tiny',
  'gemma3-options',
  'gpt2-tiny',
  'gpt2-options',
  'gpt2-f16',
  'gpt-neo-tiny',
  'gpt-neo-options',
  'gpt-neox-tiny',
  'gpt-neox-options',
  'llama-tiny',
  'llama-options',
  'llama-bf16',
  'llama-linear',
  'llama-llama3',
  'llama-yarn',
  'llama-yarn-options',
  'mistral-tiny',
  'mistral-options',
  'opt-tiny',
  'opt-projected',
  'opt-options',
  'phi3-tiny',
  'qwen2-tiny',
  'qwen2-window',
  'qwen2-types',
  'qwen3-tiny',
  'qwen3-options',
];

/** Whose rotary angles depend on the length of the input, so that no run goes on from another. */
const LENGTH_DEPENDENT = ['llama-dynamic', 'llama-longrope', 'phi3-longrope'];

beforeAll(useBackend);

it.each([...NAMES, ...LENGTH_DEPENDENT])(
  '%s agrees with transformers in logits, every residual stream and attention pattern, and in a padded batch',
  async (name) => {
    const { model, golden } = await goldenModel(name);
    const inputIds = idsOf(golden, 'input_ids');
    const graph = new PatchableGraph(model, [inputIds]);
    const layers = [...golden.keys()].filter((key) => key.startsWith('pattern_')).length;
    const [last] = graph.match(`blocks.${layers - 1}.hook_resid_pre`);
    const records = new Map([[need(last).replace(/hiddenStates$/, 'output'), `resid_${layers}`]]);
    for (let layer = 0; layer < layers; layer += 1) {
      records.set(`blocks.${layer}.hook_resid_pre`, `resid_${layer}`);
      records.set(`blocks.${layer}.attn.hook_pattern`, `pattern_${layer}`);
    }
    const patches = new Map([...records.keys()].map((path) => [path, new RecordPatch()]));
    const { logits } = graph.patch(patches).apply(inputIds);
    expect(await difference(logits, need(golden.get('logits')))).toBeLessThan(TOLERANCE);
    for (const [path, key] of records) {
      const [activation] = need(patches.get(path)).activations;
      expect(await difference(need(activation), need(golden.get(key))), path).toBeLessThan(TOLERANCE);
    }
    const mask = idsOf(golden, 'attention_mask');
    expect(await paddedDifference(graph.apply(inputIds, mask).logits, golden)).toBeLessThan(TOLERANCE);
    graph.dispose();
    model.dispose();
  },
);

it.each(NAMES)('%s agrees with transformers in 20 greedy tokens', async (name) => {
  const { model, golden } = await goldenModel(name);
  const [first] = (await idsOf(golden, 'input_ids').array()) as number[][];
  const expected = [...need(golden.get('greedy')).values];
  expect(await mostLikelyAlong(model, need(first), expected)).toEqual(expected);
  model.dispose();
});

it.each(isSlow ? NAMES.filter((name) => /^(gpt|mistral|opt).*-tiny$/.test(name)) : NAMES)(
  '%s agrees with transformers in a padded batch that it reads in two parts',
  async (name) => {
    const { model, golden } = await goldenModel(name);
    const logits = tf.tidy(() => {
      const ids = idsOf(golden, 'input_ids');
      const mask = idsOf(golden, 'attention_mask');
      const [start, end] = tf.split(ids, [3, 4], 1) as [tf.Tensor2D, tf.Tensor2D];
      const before = model.apply(start, mask.slice([0, 0], [-1, 3]), []);
      const after = model.apply(end, mask, need(before.past) as KeyValues[]);
      return tf.concat([before.logits, after.logits], 1);
    });
    expect(await paddedDifference(logits, golden)).toBeLessThan(TOLERANCE);
    model.dispose();
  },
);

it.each(['gemma3-tiny', 'gpt2-options', 'gpt-neox-tiny', 'llama-options', 'opt-projected', 'phi3-tiny'])(
  '[P7] the graph of %s has the gradients of the module',
  async (name) => {
    const { model, golden } = await goldenModel(name);
    const inputIds = idsOf(golden, 'input_ids');
    const graph = new PatchableGraph(model, [inputIds]);
    const weights = [...model.namedParameters().values()];
    const gradients = (run: typeof model.apply) =>
      tf.variableGrads(() => run(inputIds).logits.square().mean() as tf.Scalar, weights).grads;
    const ours = gradients((ids) => graph.apply(ids));
    const reference = gradients((ids) => model.apply(ids));
    expect(Object.keys(ours).length).toBe(weights.length);
    for (const [key, gradient] of Object.entries(reference)) {
      const values = (await gradient.data()) as Float32Array;
      const stored: StoredTensor = { shape: gradient.shape, dtype: 'float32', values };
      expect(await difference(need(ours[key]), stored), key).toBeLessThan(TOLERANCE);
    }
    tf.dispose([ours, reference]);
    graph.dispose();
    model.dispose();
  },
);

/** How far logits are from the golden ones where there is no padding. */
async function paddedDifference(logits: tf.Tensor, golden: Map<string, StoredTensor>): Promise<number> {
  const real = tf.tidy(() => logits.mul(idsOf(golden, 'attention_mask').toFloat().expandDims(-1)));
  return difference(real, need(golden.get('padded_logits')));
}

function idsOf(golden: Map<string, StoredTensor>, key: string): tf.Tensor2D {
  const { values, shape } = need(golden.get(key));
  return tf.tensor(values, shape as [number, number], 'int32');
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('something is missing in the golden file or the graph');
  return value;
}
