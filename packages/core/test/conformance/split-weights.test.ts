import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { DeviceLimitError, InputError } from '../../src/errors.js';
import { WeightSink } from '../../src/load/weight-sink.js';
import { assumeMaxTensorBytes } from '../../src/memory/limits.js';
import type { LanguageModel } from '../../src/models/language-model.js';
import { architectureOf, buildModel } from '../../src/models/registry.js';
import { Sequential } from '../../src/module/containers.js';
import { Conv2d } from '../../src/nn/conv.js';
import { Embedding } from '../../src/nn/embedding.js';
import { countParameters } from '../../src/nn/parameter-count.js';
import { AddPatch, ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { difference } from '../support/models.js';
import { randomNumbers } from '../support/random-model.js';

const ON_GPU = inject('backend') === 'webgpu';
const TOLERANCE = ON_GPU ? 1e-3 : 1e-5;
const VOCABULARY = 101;
const WIDTH = 16;
const CONFIGS = {
  'GPT-2, tied': {
    model_type: 'gpt2',
    vocab_size: VOCABULARY,
    n_positions: 16,
    n_embd: WIDTH,
    n_layer: 1,
    n_head: 2,
  },
  'Llama, not tied': {
    model_type: 'llama',
    vocab_size: VOCABULARY,
    max_position_embeddings: 16,
    hidden_size: WIDTH,
    intermediate_size: 20,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    tie_word_embeddings: false,
  },
};
/** Less than the vocabulary's matrices take, and as much as the others do. */
const LIMIT = 4 * WIDTH * 64;
const PARTS = 2;

beforeAll(useBackend);
afterEach(() => assumeMaxTensorBytes(null));

/** A model that is loaded with weights of another, where tensors are at most so large. */
async function copyWithin(
  limit: number | null,
  config: Record<string, unknown>,
  state: ReadonlyMap<string, tf.Tensor>,
  kind: 'f32' | 'f16' | 'int8' = 'f32',
): Promise<LanguageModel> {
  const model = buildModel(architectureOf(config), config) as LanguageModel;
  assumeMaxTensorBytes(limit);
  const sink = new WeightSink(model, kind);
  const seen = new Set<tf.Tensor>();
  for (const [name, tensor] of state) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    const values = (await tensor.data()) as Float32Array;
    const writer = sink.begin(name);
    // In pieces that end within rows.
    for (let at = 0; at < values.length; at += 37) writer.write(values.slice(at, at + 37));
    writer.end();
  }
  assumeMaxTensorBytes(null);
  return model;
}

function randomState(config: Record<string, unknown>): LanguageModel {
  const model = buildModel(architectureOf(config), config) as LanguageModel;
  const random = randomNumbers(7);
  const sink = new WeightSink(model);
  for (const [name, { shape, size }] of model.stateDict())
    sink.put(name, {
      shape,
      dtype: 'float32',
      values: Float32Array.from({ length: size }, () => 0.3 * random()),
    });
  return model;
}

describe.each(Object.entries(CONFIGS))('%s', (_, config) => {
  it.each(['f32', 'f16', 'int8'] as const)('%s in parts computes what it does in one', async (kind) => {
    const source = randomState(config);
    const whole = await copyWithin(null, config, source.stateDict(), kind);
    const split = await copyWithin(LIMIT, config, source.stateDict(), kind);
    const ids = tf.tensor2d([0, 49, 50, 51, 100, 7], [2, 3], 'int32');
    const before = tf.memory().numTensors;
    const [wholeGraph, splitGraph] = [new PatchableGraph(whole, [ids]), new PatchableGraph(split, [ids])];
    const runs: [actual: tf.Tensor, expected: tf.Tensor][] = [
      [splitGraph.apply(ids).logits, wholeGraph.apply(ids).logits],
      [tf.tidy(() => split.apply(ids).logits), tf.tidy(() => whole.apply(ids).logits)],
      [
        splitGraph.patch({ 'lm_head.weight_1': new ZeroPatch() }).apply(ids).logits,
        wholeGraph.patch({ 'lm_head.weight': new ZeroPatch({ slice: '50:' }) }).apply(ids).logits,
      ],
    ];
    for (const [actual, expected] of runs) {
      const values = (await expected.data()) as Float32Array;
      const stored = { shape: expected.shape, dtype: 'float32' as const, values };
      expect(await difference(actual, stored)).toBeLessThan(TOLERANCE);
    }
    tf.dispose(runs);
    for (const graph of [wholeGraph, splitGraph]) graph.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(countParameters(split)).toBe(countParameters(source));
    const state = split.stateDict();
    const names = [...state.keys()].filter((name) => name.startsWith('lm_head.'));
    const suffixes = kind === 'f32' || !ON_GPU ? [''] : kind === 'f16' ? ['_packed'] : ['_packed', '_scale'];
    const expected = [0, 1].flatMap((part) => suffixes.map((suffix) => `lm_head.weight_${part}${suffix}`));
    expect(names.sort()).toEqual(expected);
    if (config.model_type === 'gpt2')
      for (const name of names)
        expect(state.get(name)).toBe(state.get(name.replace('lm_head', 'transformer.wte')));
    for (const model of [source, whole, split]) model.dispose();
    ids.dispose();
  });

  it('generates the same tokens, and [P7] has the same gradients', async () => {
    const source = randomState(config);
    const split = await copyWithin(LIMIT, config, source.stateDict());
    const ids = tf.tensor2d([[3, 99, 50]], [1, 3], 'int32');
    const graphs = [source, split].map((model) => new PatchableGraph(model, [ids]));
    const [expected, actual] = await Promise.all(
      graphs.map((graph) => graph.generate([3, 99, 50], { maxNewTokens: 6, temperature: 0 })),
    );
    expect(actual).toEqual(expected);
    const gradient = (model: LanguageModel) =>
      tf.variableGrads(() => model.apply(ids).logits.square().mean() as tf.Scalar).grads;
    const [own, parts] = [gradient(source), gradient(split)];
    const named = (model: LanguageModel, grads: tf.NamedTensorMap, key: string) =>
      grads[(model.stateDict().get(key) as tf.Variable).name] as tf.Tensor2D;
    const joined = tf.concat(
      Array.from({ length: PARTS }, (_, part) => named(split, parts, `lm_head.weight_${part}`)),
    );
    const whole = named(source, own, 'lm_head.weight');
    const values = (await whole.data()) as Float32Array;
    expect(await difference(joined, { shape: whole.shape, dtype: 'float32', values })).toBeLessThan(
      TOLERANCE,
    );
    tf.dispose([own, parts, joined, ids]);
    for (const graph of graphs) graph.dispose();
    for (const model of [source, split]) model.dispose();
  });
});

it('an id that no part has is an error', async () => {
  const config = CONFIGS['GPT-2, tied'];
  const source = randomState(config);
  const split = await copyWithin(LIMIT, config, source.stateDict());
  const good = tf.tensor2d([[1]], [1, 1], 'int32');
  const graph = new PatchableGraph(split, [good]);
  for (const id of [-1, VOCABULARY]) {
    const bad = tf.tensor2d([[id]], [1, 1], 'int32');
    expect(() => split.apply(bad)).toThrow(InputError);
    expect(() => graph.apply(bad)).toThrow(InputError);
    bad.dispose();
  }
  good.dispose();
  graph.dispose();
  for (const model of [source, split]) model.dispose();
});

it('what cannot be split is refused in words, before anything is read', () => {
  const model = new Sequential(new Embedding(3, 4), new Conv2d(4, 8, 3));
  const { numTensors } = tf.memory();
  assumeMaxTensorBytes(1000);
  expect(() => new WeightSink(model)).toThrow(DeviceLimitError);
  expect(() => new WeightSink(model)).toThrow(
    /^The weight 1\.weight does not fit\. A float32 tensor of shape \[8, 4, 3, 3\] .* cannot be split/,
  );
  expect(tf.memory().numTensors).toBe(numTensors);
  assumeMaxTensorBytes(null);
  model.dispose();
});

it('patches act on the parts of an embedding', async () => {
  const config = CONFIGS['GPT-2, tied'];
  const source = randomState(config);
  const split = await copyWithin(LIMIT, config, source.stateDict());
  const ids = tf.tensor2d([[0, 100]], [1, 2], 'int32');
  const graph = new PatchableGraph(split, [ids]);
  const run = await graph.record([ids]);
  const patched = run.patch({ 'transformer.wte.weight_1': new AddPatch({ value: 5 }) });
  const [before, after] = [
    await run.read('transformer.wte.gather'),
    await patched.read('transformer.wte.gather'),
  ];
  expect(after.values[0]).toBe(before.values[0]);
  expect(after.values[WIDTH]).toBeCloseTo((before.values[WIDTH] as number) + 5, 5);
  patched.dispose();
  run.dispose();
  graph.dispose();
  ids.dispose();
  for (const model of [source, split]) model.dispose();
});
