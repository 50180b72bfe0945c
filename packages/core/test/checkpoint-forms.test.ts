import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../src/errors.js';
import { readSafetensors, type StoredTensor } from '../src/load/safetensors.js';
import type { Config } from '../src/models/config.js';
import type { LanguageModel } from '../src/models/language-model.js';
import { type Architecture, architectureOf, buildModel, modelTypes } from '../src/models/registry.js';
import { useBackend } from './support/backend.js';
import { goldenBytes, goldenJson } from './support/golden.js';
import { difference } from './support/models.js';

beforeAll(useBackend);

/** Another form that a golden checkpoint may have. */
interface Form {
  readonly config?: (config: Config) => Config;
  readonly key?: (key: string) => string;
  /** Keys that checkpoints have besides weights. */
  readonly others?: readonly string[];
}

const without = (prefix: string) => (key: string) => key.replace(new RegExp(`^${prefix}\\.`), '');

describe.each<[golden: string, what: string, form: Form]>([
  [
    'gpt2-tiny',
    'the fields and keys of DistilGPT-2 and older GPT-2',
    {
      config: (config) => ({ ...config, _num_labels: 1, n_ctx: 32, task_specific_params: {} }),
      others: ['transformer.h.0.attn.bias', 'transformer.h.0.attn.masked_bias'],
    },
  ],
  ['gpt2-tiny', 'no head', { key: without('transformer'), others: ['h.0.attn.bias'] }],
  [
    'gpt-neo-tiny',
    'no head, and masks',
    { key: without('transformer'), others: ['h.0.attn.attention.bias', 'h.1.attn.attention.masked_bias'] },
  ],
  [
    'gpt-neox-tiny',
    'the fields and keys of Pythia',
    {
      config: ({ rope_parameters: _, ...config }) => ({ ...config, rotary_pct: 0.5, rotary_emb_base: 10000 }),
      key: (key) => key.replace(/^lm_head\./, 'embed_out.'),
      others: ['attention.bias', 'attention.masked_bias', 'attention.rotary_emb.inv_freq'].map(
        (key) => `gpt_neox.layers.0.${key}`,
      ),
    },
  ],
  ['gpt-neox-options', 'no head', { key: without('gpt_neox') }],
  [
    'llama-yarn',
    'rotary settings beside each other',
    {
      config: ({ rope_parameters, ...config }) => {
        const { rope_theta, rope_type: type, ...rest } = rope_parameters as Config;
        return { ...config, rope_theta, rope_scaling: { type, ...rest } };
      },
      others: ['model.layers.0.self_attn.rotary_emb.inv_freq'],
    },
  ],
  ['mistral-options', 'no head', { key: without('model') }],
  ['opt-tiny', 'no head', { key: without('model'), others: ['decoder.version', 'model.decoder.version'] }],
  ['qwen2-window', 'no list of layer types', { config: ({ layer_types: _, ...config }) => config }],
  ['qwen3-options', 'no list of layer types', { config: ({ layer_types: _, ...config }) => config }],
  ...['su', 'yarn'].map((type): [string, string, Form] => [
    'phi3-longrope',
    `longrope called ${type}`,
    {
      config: ({ rope_parameters, ...config }) => {
        const { short_factor, long_factor, ...rest } = rope_parameters as Config;
        const { rope_theta, partial_rotary_factor } = rest;
        const rope_scaling = { type, short_factor, long_factor };
        return { ...config, rope_theta, partial_rotary_factor, rope_scaling };
      },
    },
  ]),
])('%s with %s', (name, _, form) => {
  it('is the same model', async () => {
    const config = await goldenJson<Config>(`${name}/config.json`);
    const given = form.config?.(config) ?? config;
    const architecture = architectureOf(given) as Architecture<'text-generation'>;
    const model = buildModel(architecture, given);
    const tensors = new Map<string, tf.Tensor>();
    for (const [key, stored] of await tensorsIn(`${name}/model.safetensors`)) {
      const own = architecture.keyOf(form.key?.(key) ?? key);
      tensors.set(own ?? `no weight: ${key}`, tf.tensor(stored.values, stored.shape));
    }
    for (const key of form.others ?? []) expect(architecture.keyOf(key), key).toBeNull();
    model.loadStateDict(tensors);
    tf.dispose([...tensors.values()]);
    const golden = await tensorsIn(`${name}/golden.safetensors`);
    expect(await distance(model, golden)).toBeLessThan(1e-4);
    model.dispose();
  });
});

async function tensorsIn(file: string): Promise<Map<string, StoredTensor>> {
  return new Map(readSafetensors(await goldenBytes(file)));
}

async function distance(model: LanguageModel, golden: Map<string, StoredTensor>): Promise<number> {
  const { values, shape } = golden.get('input_ids') as StoredTensor;
  const { logits } = model.apply(tf.tensor2d(values, shape as [number, number], 'int32'));
  return difference(logits, golden.get('logits') as StoredTensor);
}

it.each<[golden: string, changes: Config, message: string]>([
  [
    'gpt2-tiny',
    { model_type: 'mamba' },
    `The model type 'mamba' is not supported; ${modelTypes.join(', ')} are.`,
  ],
  ['gpt2-tiny', { model_type: null }, `config.json names no model_type; supported are ${modelTypes[0]}, `],
  [
    'gpt2-tiny',
    { activation_function: 'mish' },
    "The activation 'mish' is not supported; gelu, gelu_accurate",
  ],
  ['gpt2-tiny', { add_cross_attention: true }, 'At add_cross_attention: cross attention is not supported'],
  ['gpt2-tiny', { n_head: 3 }, 'n_embd (16) is no multiple of n_head (3)'],
  [
    'llama-tiny',
    { quantization_config: { quant_method: 'gptq', bits: 4 } },
    "quantized by 'gptq', which is not supported; those with float32, float16 or bfloat16 weights are",
  ],
  ['gpt-neo-tiny', { attention_types: [[['sparse'], 3]] }, "attention types are 'global' and 'local'"],
  ['gpt-neo-tiny', { attention_types: [[['local'], 2]] }, 'attention_types are of 2 layers, num_layers is 3'],
  ['gpt-neo-tiny', { num_heads: 5 }, 'hidden_size (16) is no multiple of num_heads (5)'],
  ['gpt-neox-tiny', { num_attention_heads: 3 }, 'hidden_size (16) is no multiple of num_attention_heads (3)'],
  [
    'gpt-neox-tiny',
    { rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.1 } },
    'rotary embeddings turn 0 of the 8 dimensions of a head',
  ],
  [
    'llama-tiny',
    { rope_parameters: { rope_type: 'proportional' } },
    'rope types are default, linear, dynamic, llama3, yarn, longrope',
  ],
  ['llama-tiny', { rope_parameters: { rope_type: 'linear' } }, "the rope type 'linear' needs 'factor'"],
  [
    'llama-longrope',
    { rope_parameters: { rope_type: 'longrope', short_factor: [1] } },
    "'longrope' needs 8 numbers as 'short_factor', got 1",
  ],
  [
    'llama-tiny',
    { num_key_value_heads: 3 },
    'num_attention_heads (4) is no multiple of num_key_value_heads (3)',
  ],
  [
    'llama-tiny',
    { hidden_size: 18, head_dim: null },
    'hidden_size (18) is no multiple of num_attention_heads (4)',
  ],
  ['mistral-tiny', { sliding_window: 0 }, 'At sliding_window: Too small: expected number to be >0, got 0.'],
  [
    'phi3-tiny',
    { rope_parameters: { rope_type: 'linear', factor: 2 } },
    "the rope type 'linear' is not supported for phi3; default, longrope are",
  ],
  ['qwen2-tiny', { layer_types: ['chunked_attention'] }, 'layer types are full_attention, sliding_attention'],
  ['qwen2-tiny', { layer_types: ['full_attention'] }, 'layer_types lists 1 layers, num_hidden_layers says 2'],
  [
    'qwen3-tiny',
    { layer_types: ['full_attention', 'sliding_attention'] },
    "layer_types has 'sliding_attention', which needs use_sliding_window and sliding_window",
  ],
  ['opt-tiny', { ffn_dim: undefined }, 'At ffn_dim: Invalid input: expected number, received undefined.'],
  ['opt-tiny', { ffn_dim: '24' }, 'At ffn_dim: Invalid input: expected number, received string, got "24".'],
  ...[
    ['bert-tiny', 'hidden_act'],
    ['distilbert-tiny', 'activation'],
    ['gemma2-tiny', 'hidden_activation'],
    ['gpt-neo-tiny', 'activation_function'],
    ['gpt-neox-tiny', 'hidden_act'],
    ['llama-tiny', 'hidden_act'],
    ['opt-tiny', 'activation_function'],
    ['vit-tiny', 'hidden_act'],
  ].map(([name = '', field = '']): [string, Config, string] => [
    name,
    { [field]: 'mish' },
    `At ${field}: The activation 'mish' is not supported; gelu,`,
  ]),
  ['vit-tiny', { id2label: null, num_labels: 2 ** 31 }, 'At num_labels: Too big'],
  ['opt-tiny', { num_attention_heads: 3 }, 'hidden_size (16) is no multiple of num_attention_heads (3)'],
])('%s with %j is refused in words, and nothing stays allocated', async (name, changes, message) => {
  const config = { ...(await goldenJson<Config>(`${name}/config.json`)), ...changes };
  const before = tf.memory().numTensors;
  for (const build of [
    () => buildModel(architectureOf(config), config),
    () => new (architectureOf(config).Model)(config),
  ]) {
    expect(build).toThrow(CheckpointError);
    expect(build).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  }
});
