import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PatchError } from '../../src/errors.js';
import type { GenerateOptions, PatchOn } from '../../src/generate/options.js';
import type { LanguageModel } from '../../src/models/language-model.js';
import type { Patch } from '../../src/patch/patch.js';
import {
  AddPatch,
  CustomPatch,
  ProbePatch,
  RecordPatch,
  ReplacePatch,
  ZeroPatch,
} from '../../src/patch/patches.js';
import { MeanPatch, NoisePatch, ProjectPatch, ScalePatch } from '../../src/patch/statistical-patches.js';
import type { PatchMap } from '../../src/patchable/patch-map.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { goldenModel } from '../support/models.js';

const PROMPT = [22, 1, 27, 26, 35];
const P = PROMPT.length;
/** A GPU in software is slow. */
const isSlow = inject('backend') === 'webgpu';
const NEW = isSlow ? 4 : 6;

beforeAll(useBackend);

async function graphOf(name: string): Promise<{ pg: PatchableGraph<LanguageModel>; free(): void }> {
  const { model } = await goldenModel(name);
  const example = tf.tensor2d([PROMPT], undefined, 'int32');
  const pg = new PatchableGraph(model, [example]);
  example.dispose();
  const free = () => {
    pg.dispose();
    model.dispose();
  };
  return { pg, free };
}

/** Greedy tokens by a full patched run over the whole sequence for each of them. */
async function naive(pg: PatchableGraph<LanguageModel>, map: PatchMap): Promise<number[]> {
  const all = [...PROMPT];
  while (all.length < P + NEW) {
    const best = tf.tidy(() => {
      const { logits } = pg.patch(map).apply(tf.tensor2d([all], undefined, 'int32'));
      return logits.slice([0, all.length - 1], [1, 1]).argMax(-1);
    });
    all.push((await best.data())[0] as number);
    best.dispose();
  }
  return all.slice(P);
}

/** Every row becomes the mean of those of its step and before: the whole prompt, then one position at a time. */
function runningMean(value: tf.Tensor): tf.Tensor {
  const rows = tf.unstack(value, 1);
  return tf.stack(
    rows.map((_, at) => tf.addN(rows.slice(0, Math.max(P, at + 1))).div(Math.max(P, at + 1))),
    1,
  );
}

const add = (slice?: string) => new AddPatch({ value: WIDE, ...(slice === undefined ? {} : { slice }) });
const WIDE = Array.from({ length: 16 }, (_, i) => 4 * Math.sin(i * i));

interface Case {
  readonly what: string;
  readonly path: string;
  readonly patch: Patch;
  /** A patch that does the same in runs over the whole sequence. */
  readonly whole: Patch;
  readonly patchOn?: PatchOn;
}

const same = (what: string, path: string, patch: Patch): Case => ({ what, path, patch, whole: patch });

const CASES: Record<string, { name: string; cases: Case[] }> = {
  gpt2: {
    name: 'gpt2-tiny',
    cases: [
      same('a head', 'transformer.h_0.attn.z', new ScalePatch({ factor: -20, slice: ':, 1' })),
      same('a key', 'transformer.h_1.attn.k', new ScalePatch({ factor: -9, slice: ':, 0' })),
      same('the residual stream', 'transformer.h_0.output', add()),
      same(
        'an absolute position',
        'transformer.h_0.output',
        new ReplacePatch({ value: WIDE, slice: ':, 2' }),
      ),
      same('a weight', 'transformer.h_1.mlp.c_fc.weight', new ScalePatch({ factor: -5 })),
      same('an input', 'inputIds', new ReplacePatch({ value: 30, slice: ':, 1:3' })),
      same(
        'any function',
        'transformer.h_1.mlp.act.output',
        new CustomPatch({ op: (x) => x.add(1).square() }),
      ),
      same('a matrix product', 'transformer.h_1.attn.c_attn.matMul', new ScalePatch({ factor: -3 })),
      same('the mask', 'transformer.mask', new ReplacePatch({ value: 0, slice: ':, 1' })),
      same('logits', 'output|logits', new AddPatch({ value: 50, slice: '..., 11' })),
      same('an attribute', 'transformer.h_0.attn.scale', new ReplacePatch({ value: -9 })),
      same('masked products', 'transformer.h_0.attn.mul', new ScalePatch({ factor: -40 })),
      {
        what: 'the last position',
        path: 'transformer.h_0.output',
        patch: add(':, -1'),
        whole: add(`:, ${P - 1}:`),
      },
      {
        what: 'a position that is not there yet',
        path: 'transformer.h_1.output',
        patch: new ScalePatch({ factor: -3, slice: `:, ${P + 1}` }),
        whole: new CustomPatch({ op: (x) => x.mul(factors(x, P + 1)) }),
      },
      {
        what: 'keys of the last query',
        path: 'transformer.h_1.attn.pattern',
        patch: new ReplacePatch({ value: 3, slice: ':, 1, -1, :3' }),
        whole: new ReplacePatch({ value: 3, slice: `:, 1, ${P - 1}:, :3` }),
      },
      {
        what: 'the mean over positions',
        path: 'transformer.h_1.hiddenStates',
        patch: new MeanPatch({ dims: [1] }),
        whole: new CustomPatch({ op: runningMean }),
      },
      {
        what: 'the prompt',
        path: 'transformer.h_0.output',
        patch: add(),
        whole: add(`:, :${P}`),
        patchOn: 'prompt',
      },
      {
        what: 'all after the prompt',
        path: 'transformer.h_0.output',
        patch: add(),
        whole: add(`:, ${P}:`),
        patchOn: 'generated',
      },
    ],
  },
  llama: {
    name: 'llama-options',
    cases: [
      same('a head', 'model.layers_0.self_attn.z', new ScalePatch({ factor: -20, slice: ':, 1' })),
      same('a key', 'model.layers_1.self_attn.k', new ScalePatch({ factor: -9 })),
      same('the rotary table', 'model.rotary_emb.cos', new ZeroPatch()),
      same('the residual stream', 'model.layers_0.output', new ScalePatch({ factor: -3, slice: '..., :9' })),
    ],
  },
};

async function numbers(tensor: tf.Tensor | null | undefined): Promise<number[]> {
  return tensor ? [...(await tensor.data())] : [];
}

function largestDifference(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return actual.reduce((most, each, i) => Math.max(most, Math.abs(each - (expected[i] as number))), 0);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  const scale = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 1);
  expect(largestDifference(actual, expected) / scale).toBeLessThan(1e-4);
}

/** −3 at one position of `x` `[batch, position, …]`, if it is there, and 1 elsewhere. */
function factors(x: tf.Tensor, position: number): tf.Tensor {
  const all = Array.from({ length: x.shape[1] as number }, (_, at) => (at === position ? -3 : 1));
  return tf.tensor(all, [1, all.length, 1]);
}

describe.each(Object.entries(CASES))('[P9] in %s, generating with a patch on', (_, { name, cases }) => {
  let pg: PatchableGraph<LanguageModel>;
  let free: () => void;
  let clean: number[][];

  beforeAll(async () => {
    ({ pg, free } = await graphOf(name));
    clean = await pg.generate(PROMPT, { maxNewTokens: NEW });
  });
  afterAll(() => free());

  it.each(cases.filter((_, i) => !isSlow || i % 3 === 2).map((each) => [each.what, each] as const))(
    '%s gives what whole runs give, with and without a cache',
    async (__, { path, patch, whole, patchOn = 'all' }) => {
      const expected = await naive(pg, { [path]: whole });
      expect([expected]).not.toEqual(clean);
      for (const useCache of [true, false]) {
        const options = { maxNewTokens: NEW, patchOn, useCache };
        expect(await pg.patch({ [path]: patch }).generate(PROMPT, options)).toEqual([expected]);
      }
    },
  );
});

describe('[P9] with a cache as without', () => {
  const stream = 'transformer.h_0.output';
  const maps: [what: string, PatchMap][] = [
    [
      'several patches on a path',
      {
        [stream]: [add(':, -1'), new MeanPatch({ dims: [1], slice: ':, :4' }), new ScalePatch({ factor: 3 })],
      },
    ],
    ['noise', { 'transformer.h_1.attn.z': new NoisePatch({ std: 5, seed: 4 }) }],
    ['a direction', { [stream]: new ProjectPatch({ direction: WIDE, keep: true, slice: ':, -3:' }) }],
    [
      'a pattern and its mask',
      {
        'transformer.h_0.attn.pattern': new ReplacePatch({ value: 1, slice: ':, :, :, ::2' }),
        'transformer.mask': new ReplacePatch({ value: 1 }),
      },
    ],
    [
      'a weight and a value',
      {
        'transformer.wpe.weight': new ZeroPatch({ slice: '3:6' }),
        'transformer.h_0.attn.v': new MeanPatch({ dims: [2] }),
      },
    ],
  ];
  const prompts: [what: string, number[][]][] = [
    ['one token', [[7]]],
    ['a batch', [PROMPT, [9, 8, 7, 6, 5]]],
  ];

  it.each(maps)('%s', { timeout: 300_000 }, async (_, map) => {
    const { pg, free } = await graphOf('gpt2-tiny');
    const logits = new ProbePatch();
    const view = pg.patch({ ...map, 'lm_head.output': logits });
    for (const [what, prompt] of prompts) {
      for (const patchOn of isSlow ? (['all'] as const) : (['all', 'prompt', 'generated'] as const)) {
        const options: GenerateOptions = { maxNewTokens: 4, patchOn, temperature: 0.5 };
        const cached = await view.generate(prompt, options);
        const before = await numbers(logits.activation);
        expect(await view.generate(prompt, { ...options, useCache: false }), what + patchOn).toEqual(cached);
        const after = await numbers(logits.activation);
        const length = (prompt[0] as number[]).length + (patchOn === 'prompt' ? 0 : 3);
        expect(after.length).toBe(prompt.length * length * 37);
        expectClose(after, before);
        if (prompt.length > 1) {
          await pg.patch({ 'lm_head.output': logits }).generate(prompt, options);
          const clean = await numbers(logits.activation);
          expect(largestDifference(clean, before), what + patchOn).toBeGreaterThan(0.1);
        }
      }
    }
    logits.dispose();
    free();
  });
});

it('[P9] [P2] probes and records see all positions so far, step by step', async () => {
  const { pg, free } = await graphOf('gpt2-tiny');
  const ids = tf.tensor2d([PROMPT], undefined, 'int32');
  const whole = new ProbePatch();
  pg.patch({ 'transformer.h_0.output': whole }).apply(ids).logits.dispose();
  for (const useCache of [true, false]) {
    const [first, pattern, last] = [new RecordPatch(), new RecordPatch(), new RecordPatch()];
    const probe = new ProbePatch();
    const one = new CustomPatch({ op: (x) => x.add(1) });
    const view = pg.patch({
      'transformer.h_0.output': [first, new ZeroPatch(), probe, one, last],
      'transformer.h_0.attn.pattern': pattern,
    });
    await view.generate(PROMPT, { maxNewTokens: 3, useCache });
    expect(first.activations.map(({ shape }) => shape)).toEqual([5, 6, 7].map((n) => [1, n, 16]));
    expectClose(await numbers(first.activations[0]), await numbers(whole.activation));
    expect(await numbers(probe.activation)).toEqual(Array(7 * 16).fill(0));
    expect(await numbers(last.activations[2])).toEqual(Array(7 * 16).fill(1));
    expect(pattern.activations.map(({ shape }) => shape)).toEqual([5, 6, 7].map((n) => [1, 2, n, n]));
    const sums = tf.tidy(() => (pattern.activations[2] as tf.Tensor).sum(-1));
    expectClose(await numbers(sums), Array(2 * 7).fill(1));
    sums.dispose();
    for (const each of [first, pattern, last, probe]) each.dispose();
  }
  whole.dispose();
  ids.dispose();
  free();
});

it('[P9] [P8] [R4] patched generation leaves no tensors behind, also after an abort or an exception', async () => {
  const tensors = tf.memory().numTensors;
  const { pg, free } = await graphOf('llama-tiny');
  const view = pg.patch({
    'model.layers_0.self_attn.pattern': new ZeroPatch({ slice: '..., 1' }),
    'model.layers_1.output': new MeanPatch({ dims: [1] }),
  });
  let calls = 0;
  const failing = view.patch({
    'model.layers_1.self_attn.z': new CustomPatch({
      op: (x) => {
        calls += 1;
        if (calls === 3) throw new Error('broken');
        return x;
      },
    }),
  });
  for (const useCache of isSlow ? [true, false] : [true, false, true, false]) {
    await view.generate(PROMPT, { maxNewTokens: 3, useCache });
    const abort = new AbortController();
    const onToken = ({ step }: { step: number }) => step === 1 && abort.abort(new Error('enough'));
    const options = { maxNewTokens: 4, useCache, onToken, signal: abort.signal };
    await expect(view.generate(PROMPT, options)).rejects.toThrow('enough');
    calls = 0;
    await expect(failing.generate(PROMPT, { maxNewTokens: 4, useCache })).rejects.toThrow('broken');
    expect(calls).toBe(3);
  }
  free();
  expect(tf.memory().numTensors).toBe(tensors);
});

describe('[P9] [P5] what does not fit is an error before anything runs', () => {
  const cases: [what: string, PatchMap, RegExp, Partial<GenerateOptions>?][] = [
    [
      'an unknown path',
      { 'transformer.h_0.attn.patern': new ZeroPatch() },
      /transformer\.h_0\.attn\.pattern/,
    ],
    ['a cache', { past: new ZeroPatch() }, /no node 'past'/],
    [
      'a position that never is',
      { 'transformer.h_0.output': add(`:, ${P + 3}`) },
      /output': Index 8 .* size 5/,
    ],
    [
      'a position after the prompt',
      { 'transformer.h_0.output': add(`:, ${P}`) },
      /Index 5 .*/,
      { patchOn: 'prompt' },
    ],
    ['a value that is too wide', { 'transformer.h_0.output': new AddPatch({ value: [1, 2, 3] }) }, /\[3\]/],
    ['a weight', { 'transformer.ln_f.weight': new AddPatch({ value: [1, 2, 3] }) }, /ln_f\.weight': .*\[3\]/],
    ['positions that keys share', { 'transformer.range': new ZeroPatch() }, /range': .*useCache: false/],
  ];

  it.each(cases)('%s', async (_, map, message, options) => {
    const { pg, free } = await graphOf('gpt2-tiny');
    const record = new RecordPatch();
    const view = pg.patch({ inputIds: record }).patch(map);
    const before = tf.memory().numTensors;
    await expect(view.generate(PROMPT, { maxNewTokens: 4, ...options })).rejects.toThrow(message);
    expect(record.activations).toEqual([]);
    free();
    expect(tf.memory().numTensors).toBeLessThan(before);
  });

  it('positions that share an axis with a batch', async () => {
    const { pg, free } = await graphOf('gpt2-tiny');
    const view = pg.patch({ 'transformer.h_0.attn.c_attn.matMul': new ZeroPatch() });
    const batch = [PROMPT, PROMPT];
    const run = view.generate(batch, { maxNewTokens: 2 });
    await expect(run).rejects.toThrow(/matMul': .*\[6, 48\].*\[8, 48\].*axis of their own/);
    await expect(run).rejects.toBeInstanceOf(PatchError);
    free();
  });

  it('keys that are made again from the cache, unless each step runs all positions', async () => {
    const { pg, free } = await graphOf('llama-tiny');
    const view = pg.patch({ 'model.layers_0.self_attn.reshape_4': new ZeroPatch({ slice: ':, :, 1' }) });
    await expect(view.generate(PROMPT, { maxNewTokens: 2 })).rejects.toThrow(/reshape_4': .*useCache: false/);
    expect((await view.generate(PROMPT, { maxNewTokens: 2, useCache: false }))[0]?.length).toBe(2);
    free();
  });
});
