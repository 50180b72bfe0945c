import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import type { GenerateOptions } from '../../src/generate/options.js';
import type { Graph } from '../../src/graph/types.js';
import type { StoredTensor } from '../../src/load/safetensors.js';
import { GPT2Attention, GPT2Block, GPT2LMHeadModel, GPT2Model } from '../../src/models/gpt2.js';
import { LanguageModel, type LanguageModelOutput } from '../../src/models/language-model.js';
import { ScalePatch } from '../../src/patch/statistical-patches.js';
import type { ExtractionOptions } from '../../src/patchable/options.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { goldenModel } from '../support/models.js';

/** One of each kind, which is what a GPU in software has time for. */
const SOME = [
  'gpt2-tiny',
  'gpt-neo-tiny',
  'gpt-neox-tiny',
  'llama-options',
  'mistral-tiny',
  'opt-tiny',
  'phi3-longrope',
  'qwen3-options',
];
const MORE = [
  'gpt2-options',
  'gpt2-f16',
  'gpt-neox-options',
  'llama-tiny',
  'llama-bf16',
  'llama-dynamic',
  'llama-longrope',
  'opt-projected',
  'phi3-tiny',
  'qwen2-window',
];
const PROMPT = [22, 1, 27, 26, 35];
/** A GPU in software is slow. */
const isSlow = inject('backend') === 'webgpu';

beforeAll(useBackend);

async function loaded(name: string): Promise<{
  model: LanguageModel;
  pg: PatchableGraph<LanguageModel>;
  golden: Map<string, StoredTensor>;
  free(): void;
}> {
  const { model, golden } = await goldenModel(name);
  const example = tf.tensor2d([PROMPT], undefined, 'int32');
  const pg = new PatchableGraph(model, [example]);
  example.dispose();
  const free = () => {
    pg.dispose();
    model.dispose();
  };
  return { model, pg, golden, free };
}

it.each(isSlow ? SOME : [...SOME, ...MORE])(
  '[P9] %s generates the greedy tokens of transformers, with and without a cache',
  async (name) => {
    const { pg, golden, free } = await loaded(name);
    const ids = golden.get('input_ids') as StoredTensor;
    const prompt = [...ids.values].slice(0, ids.shape[1]);
    // Seven reach beyond the original context of 'phi3-longrope'.
    const maxNewTokens = isSlow ? (name === 'phi3-longrope' ? 7 : 4) : 20;
    const expected = [...(golden.get('greedy') as StoredTensor).values].slice(0, maxNewTokens);
    expect(expected.length).toBe(maxNewTokens);
    for (const useCache of [true, false]) {
      expect(await pg.generate(prompt, { maxNewTokens, useCache })).toEqual([expected]);
    }
    free();
  },
);

it.each([
  'gpt2-options',
  'llama-options',
  'qwen2-window',
  ...(isSlow ? [] : ['gpt-neo-tiny', 'gpt-neox-tiny', 'opt-tiny', 'phi3-tiny']),
])('[P9] a run of %s with a cache has all nodes of one without, and the same logits', async (name) => {
  const { model, free } = await loaded(name);
  const [all, first, next] = [PROMPT, PROMPT.slice(0, 3), PROMPT.slice(3)].map((ids) =>
    tf.tensor2d([ids], undefined, 'int32'),
  ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const plain = new PatchableGraph(model, [all]);
  const start = new PatchableGraph(model, [first, null, []]);
  const { logits: before, past = [] } = start.apply(first, null, []);
  const step = new PatchableGraph(model, [next, null, past]);
  const { logits: after } = step.apply(next, null, past);
  const expected = (await plain.apply(all).logits.array())[0] as number[][];
  const found = [...((await before.array())[0] as number[][]), ...((await after.array())[0] as number[][])];
  found.flat().forEach((logit, i) => {
    expect(logit).toBeCloseTo(expected.flat()[i] as number, 4);
  });
  const missing = (graph: PatchableGraph<LanguageModel>) => {
    const paths = new Set(graph.match('**'));
    return plain.match('**').filter((path) => !paths.has(path));
  };
  expect(plain.match('**').length).toBeGreaterThan(100);
  expect(plain.match('**past**')).toEqual([]);
  expect(missing(start)).toEqual([]);
  expect(missing(step)).toEqual([]);
  free();
});

it.each(['gpt2-tiny', 'gpt-neo-tiny', 'gpt-neox-tiny', 'llama-tiny', 'gemma2-tiny', 'opt-tiny'])(
  'a mask or a cache that does not fit the input of %s is refused in words',
  async (name) => {
    const { model, free } = await loaded(name);
    const before = tf.memory().numTensors;
    const zeros = (...shape: [number, number]) => tf.zeros<tf.Rank.R2>(shape, 'int32');
    tf.tidy(() => {
      const { past = [] } = model.apply(zeros(2, 4), null, []);
      const cases: [run: () => unknown, message: string][] = [
        [() => model.apply(zeros(1, 4), zeros(2, 4)), 'shape [2, 4]; it has to be [1, 4]'],
        [() => model.apply(zeros(2, 4), zeros(1, 4)), 'shape [1, 4]; it has to be [2, 4]'],
        [() => model.apply(zeros(2, 1), zeros(2, 1), past), 'shape [2, 1]; it has to be [2, 5]'],
        [() => model.apply(zeros(1, 2), null, past), "'past' has keys or values of the shape [2, "],
        [() => model.apply(zeros(2, 2), null, past.slice(1)), 'layers; the model has more'],
        [() => model.apply(zeros(2, 2), null, [...past, ...past]), "'past' has keys and values of "],
      ];
      for (const [run, message] of cases) {
        expect(run).toThrow(InputError);
        expect(run).toThrow(message);
      }
    });
    expect(tf.memory().numTensors).toBe(before);
    free();
  },
);

it.each(isSlow ? ['opt-tiny'] : ['gpt-neox-tiny', 'mistral-tiny', 'opt-tiny'])(
  '[P9] patched, %s generates the same with and without a cache',
  async (name) => {
    const { pg, free } = await loaded(name);
    const maxNewTokens = isSlow ? 3 : 8;
    const patch = new ScalePatch({ factor: 2.5, slice: ':, :, 3:' });
    for (const hook of ['blocks.0.attn.hook_k', 'blocks.1.attn.hook_z']) {
      const view = pg.patch({ [hook]: patch });
      const [found] = await view.generate(PROMPT, { maxNewTokens, useCache: true });
      expect(await view.generate(PROMPT, { maxNewTokens, useCache: false })).toEqual([found]);
      expect(await pg.generate(PROMPT, { maxNewTokens })).not.toEqual([found]);
    }
    free();
  },
);

it('[P9] sequences of a batch are the ones generated alone, each with its own end', async () => {
  const { pg, free } = await loaded('llama-tiny');
  const prompts = [PROMPT, [9, 8, 7, 6, 5], [2, 2, 2, 2, 2]];
  const alone = async (options: GenerateOptions) =>
    (await Promise.all(prompts.map((prompt) => pg.generate(prompt, options)))).flat();
  const maxNewTokens = isSlow ? 5 : 8;
  const whole = await alone({ maxNewTokens });
  expect(await pg.generate(prompts, { maxNewTokens })).toEqual(whole);
  expect(await pg.generate(prompts, { maxNewTokens, useCache: false })).toEqual(whole);
  const eosTokenId = [whole[0]?.[1] as number, whole[1]?.[3] as number];
  const cut = whole.map((ids) => {
    const end = ids.findIndex((id) => eosTokenId.includes(id));
    return end < 0 ? ids : ids.slice(0, end + 1);
  });
  expect(new Set(cut.map(({ length }) => length)).size).toBeGreaterThan(1);
  const steps: unknown[] = [];
  const options = { maxNewTokens, eosTokenId, onToken: (step: unknown) => steps.push(step) };
  expect(await pg.generate(prompts, options)).toEqual(cut);
  const longest = Math.max(...cut.map(({ length }) => length));
  expect(steps).toEqual(
    Array.from({ length: longest }, (_, step) => ({ step, ids: cut.map((ids) => ids[step] ?? null) })),
  );
  free();
});

it('[P9] ends where the generation config says, unless told otherwise', async () => {
  const { model, pg, free } = await loaded('gpt2-tiny');
  const [whole = []] = await pg.generate(PROMPT, { maxNewTokens: 6 });
  const end = whole[3] as number;
  const expected = whole.slice(0, whole.indexOf(end) + 1);
  model.generationConfig = { eos_token_id: [36, end] };
  expect(await pg.generate(PROMPT, { maxNewTokens: 6 })).toEqual([expected]);
  expect(await pg.generate(PROMPT, { maxNewTokens: 6, eosTokenId: [] })).toEqual([whole]);
  expect(await pg.generate(PROMPT, { maxNewTokens: 6, eosTokenId: whole[0] })).toEqual([whole.slice(0, 1)]);
  const example = tf.tensor2d([PROMPT], undefined, 'int32');
  const without = new PatchableGraph(model, [example], { copyGenerationConfig: false });
  expect(await without.generate(PROMPT, { maxNewTokens: 6 })).toEqual([whole]);
  without.dispose();
  example.dispose();
  free();
});

it('[P9] draws the same tokens for the same seed, with a cache or without', async () => {
  const { pg, free } = await loaded('gpt2-options');
  const prompt = tf.tensor2d([PROMPT, PROMPT], undefined, 'int32');
  const draw = (options: Partial<GenerateOptions>) =>
    pg.generate(prompt, { maxNewTokens: 8, temperature: 1.5, ...options });
  const [first, second] = await draw({ seed: 7 });
  expect(await draw({ seed: 7, useCache: false })).toEqual([first, second]);
  expect(second).not.toEqual(first);
  expect((await pg.generate(PROMPT, { maxNewTokens: 8, temperature: 1.5, seed: 7 }))[0]).toEqual(first);
  expect((await draw({ seed: 8 }))[0]).not.toEqual(first);
  const greedy = await pg.generate(PROMPT, { maxNewTokens: 8 });
  expect(await pg.generate(PROMPT, { maxNewTokens: 8, temperature: 2, topK: 1 })).toEqual(greedy);
  prompt.dispose();
  free();
});

it('[P9] [P8] [R4] leaves no tensors behind, also after an abort', async () => {
  const tensors = tf.memory().numTensors;
  const { pg, free } = await loaded('llama-options');
  await pg.generate(PROMPT, { maxNewTokens: 4 });
  await pg.generate(PROMPT, { maxNewTokens: 4, useCache: false });
  const before = tf.memory().numTensors;
  for (const useCache of [true, false]) {
    await pg.generate(PROMPT, { maxNewTokens: 4, useCache });
    const abort = new AbortController();
    const steps: number[] = [];
    const onToken = ({ step }: { step: number }) => {
      steps.push(step);
      if (step === 1) abort.abort(new Error('enough'));
    };
    const options = { maxNewTokens: 4, useCache, onToken, signal: abort.signal };
    await expect(pg.generate(PROMPT, options)).rejects.toThrow('enough');
    expect(steps).toEqual([0, 1]);
    await expect(pg.generate(PROMPT, options)).rejects.toThrow('enough');
    expect(steps).toEqual([0, 1]);
  }
  expect(tf.memory().numTensors).toBe(before);
  free();
  expect(tf.memory().numTensors).toBe(tensors);
});

it('[P9] an event between two steps can abort', async () => {
  const { pg, free } = await loaded('gpt2-tiny');
  const abort = new AbortController();
  let steps = 0;
  const onToken = () => {
    steps += 1;
    if (steps === 1) setTimeout(() => abort.abort(), 0);
  };
  await expect(pg.generate([1], { maxNewTokens: 31, onToken, signal: abort.signal })).rejects.toThrow(
    /abort/i,
  );
  expect(steps).toBeLessThan(31);
  free();
});

/** A model that knows no cache. */
class Uncached extends LanguageModel {
  readonly contextLength = 32;
  readonly vocabularySize = 37;

  constructor(private readonly inner: LanguageModel) {
    super();
  }

  forward(inputIds: tf.Tensor2D): LanguageModelOutput {
    return { logits: this.inner.apply(inputIds).logits };
  }
}

describe('[P9] [T7] [T8] without a cache where there can be none', () => {
  const opaque = [[GPT2LMHeadModel], [GPT2Model], [GPT2Block], [GPT2Attention], [GPT2LMHeadModel, GPT2Block]];
  const extractions: [what: string, ExtractionOptions][] = [
    ...opaque.map((classes): [string, ExtractionOptions] => [
      `opaque ${classes.map(({ name }) => name).join()}`,
      { classesToSkipCompiling: classes },
    ]),
    ['all opaque', { skipCompilation: true }],
    ['graphs that are changed', { postprocessingFunction: (graph: Graph) => ({ ...graph }) }],
  ];

  it.each(isSlow ? extractions.slice(1, 2) : extractions)('%s', { timeout: 120_000 }, async (_, options) => {
    const { model, pg, free } = await loaded('gpt2-tiny');
    const example = tf.tensor2d([PROMPT], undefined, 'int32');
    const other = new PatchableGraph(model, [example], options);
    const map = { 'output|logits': new ScalePatch({ factor: -1, slice: '..., :20' }) };
    for (const temperature of [0, 1]) {
      const settings = { maxNewTokens: 4, temperature };
      const [clean, patched] = [
        await pg.generate(PROMPT, settings),
        await pg.patch(map).generate(PROMPT, settings),
      ];
      expect(patched).not.toEqual(clean);
      expect(await other.generate(PROMPT, settings)).toEqual(clean);
      expect(await other.patch(map).generate(PROMPT, settings)).toEqual(patched);
    }
    other.dispose();
    example.dispose();
    free();
  });

  it('a model that returns none', async () => {
    const { model, pg, free } = await loaded('gpt2-tiny');
    const example = tf.tensor2d([PROMPT], undefined, 'int32');
    const other = new PatchableGraph(new Uncached(model), [example]);
    const patch = new ScalePatch({ factor: -5, slice: ':, -1' });
    const settings = { maxNewTokens: 4 };
    expect(await other.generate(PROMPT, settings)).toEqual(await pg.generate(PROMPT, settings));
    expect(await other.patch({ 'inner.transformer.h_0.output': patch }).generate(PROMPT, settings)).toEqual(
      await pg.patch({ 'transformer.h_0.output': patch }).generate(PROMPT, settings),
    );
    other.dispose();
    example.dispose();
    free();
  });
});
