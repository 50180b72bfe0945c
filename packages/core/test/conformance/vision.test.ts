import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import type { StoredTensor } from '../../src/load/safetensors.js';
import { RecordPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { difference, goldenModel } from '../support/models.js';

const TASK = 'image-classification';

let tolerance = 1e-4;

beforeAll(async () => {
  if ((await useBackend()) === 'webgpu') tolerance = 1e-3;
});

/** By golden value, TransformerLens' name of it. */
const HOOKS = {
  resid_0: 'blocks.0.hook_resid_pre',
  resid_mid_0: 'blocks.0.hook_resid_mid',
  pattern_0: 'blocks.0.attn.hook_pattern',
  resid_1: 'blocks.1.hook_resid_pre',
  resid_mid_1: 'blocks.1.hook_resid_mid',
  pattern_1: 'blocks.1.attn.hook_pattern',
  resid_2: 'blocks.1.hook_resid_post',
};

describe.each(['vit-tiny', 'vit-options'])('%s agrees with transformers', (name) => {
  it('in logits, every residual stream and every attention pattern', async () => {
    const { model, golden } = await goldenModel(name, TASK);
    const pixels = pixelValues(golden);
    const before = tf.memory().numTensors;
    const graph = new PatchableGraph(model, [pixels]);
    const records = Object.entries(HOOKS).map(([key, hook]) => ({ key, hook, record: new RecordPatch() }));
    const view = graph.patch(new Map(records.map(({ hook, record }) => [hook, record])));
    const { logits } = view.apply(pixels);
    expect(await difference(logits, golden.get('logits') as StoredTensor)).toBeLessThan(tolerance);
    for (const { key, record } of records) {
      const [activation] = record.activations;
      if (activation === undefined) throw new Error(`nothing was recorded for ${key}`);
      expect(await difference(activation, golden.get(key) as StoredTensor), key).toBeLessThan(tolerance);
      record.dispose();
    }
    logits.dispose();
    graph.dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('and has a node for every alias', async () => {
    const { model, golden } = await goldenModel(name, TASK);
    const graph = new PatchableGraph(model, [pixelValues(golden)]);
    expect([...model.nodeAliases()].filter(([, path]) => !graph.index.byPath.has(path))).toEqual([]);
    expect(model.labels).toEqual(['cat', 'dog', 'fox']);
    model.dispose();
  });
});

it('images of another size are refused', async () => {
  const { model } = await goldenModel('vit-tiny', TASK);
  tf.tidy(() => {
    const run = () => model.apply(tf.zeros([1, 3, 8, 12]));
    expect(run).toThrow(InputError);
    expect(run).toThrow('[batch, channel, 8, 8], but got [1, 3, 8, 12]');
  });
  model.dispose();
});

function pixelValues(golden: ReadonlyMap<string, StoredTensor>): tf.Tensor4D {
  const { values, shape } = golden.get('pixel_values') as StoredTensor;
  return tf.tensor4d(values as Float32Array, shape as [number, number, number, number]);
}
