import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StoredTensor } from '../../src/load/safetensors.js';
import { RecordPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { mostLikelyAlong } from '../support/greedy.js';
import { difference, goldenModel } from '../support/models.js';

const TOLERANCE = 1e-4;
const LAYERS = 2;

beforeAll(useBackend);

/** Node paths of the residual stream before each block and after the last, and of the patterns. */
const PATHS = {
  gpt2: { block: 'transformer.h', stream: 'hiddenStates', attention: 'attn' },
  llama: { block: 'model.layers', stream: 'hiddenStates', attention: 'self_attn' },
};

describe.each([
  ['gpt2-tiny', PATHS.gpt2],
  ['gpt2-options', PATHS.gpt2],
  ['gpt2-f16', PATHS.gpt2],
  ['llama-tiny', PATHS.llama],
  ['llama-options', PATHS.llama],
  ['llama-bf16', PATHS.llama],
])('%s agrees with transformers', (name, { block, stream, attention }) => {
  it('in logits, every residual stream and every attention pattern', async () => {
    const { model, golden } = await goldenModel(name);
    const inputIds = asTensor(golden.get('input_ids'));
    const graph = new PatchableGraph(model, [inputIds]);
    const records = new Map<string, [golden: string, record: RecordPatch]>();
    for (let layer = 0; layer < LAYERS; layer += 1) {
      records.set(`${block}_${layer}.${stream}`, [`resid_${layer}`, new RecordPatch()]);
      records.set(`${block}_${layer}.${attention}.pattern`, [`pattern_${layer}`, new RecordPatch()]);
    }
    records.set(`${block}_${LAYERS - 1}.output`, [`resid_${LAYERS}`, new RecordPatch()]);
    const view = graph.patch(new Map([...records].map(([path, [, record]]) => [path, record])));
    const { logits } = view.apply(inputIds);
    expect(await difference(logits, need(golden.get('logits')))).toBeLessThan(TOLERANCE);
    for (const [path, [key, { activations }]] of records) {
      const [activation] = activations;
      if (activation === undefined) throw new Error(`nothing was recorded at ${path}`);
      expect(await difference(activation, need(golden.get(key))), path).toBeLessThan(TOLERANCE);
    }
    model.dispose();
  });

  it('[P7] and its graph has the gradients of the module', async () => {
    const { model, golden } = await goldenModel(name);
    const inputIds = asTensor(golden.get('input_ids'));
    const graph = new PatchableGraph(model, [inputIds]);
    const weights = [...model.namedParameters().values()];
    const gradients = (run: typeof model.apply) =>
      tf.variableGrads(() => run(inputIds).logits.square().mean() as tf.Scalar, weights).grads;
    const ours = gradients((ids) => graph.apply(ids));
    const reference = gradients((ids) => model.apply(ids));
    expect(Object.keys(ours).length).toBe(weights.length);
    for (const [key, gradient] of Object.entries(reference)) {
      const values = await gradient.data();
      const stored: StoredTensor = {
        shape: gradient.shape,
        dtype: 'float32',
        values: values as Float32Array,
      };
      expect(await difference(ours[key] as tf.Tensor, stored), key).toBeLessThan(TOLERANCE);
    }
    tf.dispose([ours, reference]);
    model.dispose();
  });

  it('in 20 greedy tokens', async () => {
    const { model, golden } = await goldenModel(name);
    const [first] = (await asTensor(golden.get('input_ids')).array()) as number[][];
    const expected = [...need(golden.get('greedy')).values];
    expect(await mostLikelyAlong(model, first ?? [], expected)).toEqual(expected);
    model.dispose();
  });
});

function need(tensor: StoredTensor | undefined): StoredTensor {
  if (tensor === undefined) throw new Error('the golden file lacks a tensor');
  return tensor;
}

function asTensor(stored: StoredTensor | undefined): tf.Tensor2D {
  const { values, shape } = need(stored);
  return tf.tensor(values, shape as [number, number], 'int32');
}
