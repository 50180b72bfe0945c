import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, type StoredTensor } from '../../src/load/safetensors.js';
import type { Config } from '../../src/models/config.js';
import { gemma3Key } from '../../src/models/gemma3.js';
import { type Architecture, architectureOf, buildModel } from '../../src/models/registry.js';
import { useBackend } from '../support/backend.js';
import { goldenBytes, goldenJson } from '../support/golden.js';
import { difference } from '../support/models.js';

let tolerance = 1e-4;

beforeAll(async () => {
  if ((await useBackend()) === 'webgpu') tolerance = 1e-3;
});

describe('a Gemma 3 that also reads images, with the fields of older configs, is the same model', () => {
  it.each([
    ['older', 'language_model.model.'],
    ['newer', 'model.language_model.'],
  ])('with the weight names of %s checkpoints', async (_, prefix) => {
    const architecture = architectureOf({ model_type: 'gemma3' }) as Architecture<'text-generation'>;
    const model = buildModel(architecture, await olderConfig());
    const tensors = new Map<string, tf.Tensor>();
    for (const [key, { values, shape }] of readSafetensors(
      await goldenBytes('gemma3-tiny/model.safetensors'),
    )) {
      const name = architecture.keyOf(key.replace('model.', prefix));
      if (name !== null) tensors.set(name, tf.tensor(values, shape));
    }
    model.loadStateDict(tensors);
    const golden = new Map(readSafetensors(await goldenBytes('gemma3-tiny/golden.safetensors')));
    const { values, shape } = golden.get('input_ids') as StoredTensor;
    const { logits } = model.apply(tf.tensor(values, shape as [number, number], 'int32'));
    expect(await difference(logits, golden.get('logits') as StoredTensor)).toBeLessThan(tolerance);
    tf.dispose([...tensors.values()]);
    model.dispose();
  });

  it('whose other weights are left out', () => {
    const others = ['vision_tower.vision_model.x.weight', 'multi_modal_projector.mm_soft_emb_norm.weight'];
    for (const key of [...others, ...others.map((each) => `model.${each}`)])
      expect(gemma3Key(key)).toBeNull();
    expect(gemma3Key('language_model.lm_head.weight')).toBe('lm_head.weight');
  });
});

it('soft caps that the config of a Gemma 2 leaves out are those of transformers', async () => {
  const named = await goldenJson<Config>('gemma2-tiny/config.json');
  const { attn_logit_softcapping: _, final_logit_softcapping: __, ...silent } = named;
  const weights = [...readSafetensors(await goldenBytes('gemma2-tiny/model.safetensors'))];
  const tensors = new Map(weights.map(([key, { values, shape }]) => [key, tf.tensor(values, shape)]));
  const logitsOf = (config: Config) => {
    const model = buildModel(architectureOf(config) as Architecture<'text-generation'>, config);
    model.loadStateDict(tensors);
    const { logits } = model.apply(tf.tensor2d([[5, 9, 2, 30]], undefined, 'int32'));
    model.dispose();
    return logits.data();
  };
  const caps = { attn_logit_softcapping: 50, final_logit_softcapping: 30 };
  expect(await logitsOf(silent)).toEqual(await logitsOf({ ...named, ...caps }));
  expect(await logitsOf(silent)).not.toEqual(await logitsOf(named));
  tf.dispose([...tensors.values()]);
});

/** The same model described as before rotary settings were kept for each type of layer. */
async function olderConfig(): Promise<Config> {
  const {
    rope_parameters: _,
    layer_types: __,
    ...fields
  } = await goldenJson<Config>('gemma3-tiny/config.json');
  const rope = { rope_theta: 1e3, rope_local_base_freq: 1e2, rope_scaling: { type: 'linear', factor: 8 } };
  return { model_type: 'gemma3', text_config: { ...fields, ...rope, sliding_window_pattern: 2 } };
}
