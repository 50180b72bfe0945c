import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, inject, it } from 'vitest';
import { NodePathError } from '../../src/errors.js';
import type { LanguageModel } from '../../src/models/language-model.js';
import { Module } from '../../src/module/module.js';
import { Linear } from '../../src/nn/linear.js';
import { AddPatch, CustomPatch, ProbePatch, ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { MeanPatch, NoisePatch, ScalePatch } from '../../src/patch/statistical-patches.js';
import type { PatchMap } from '../../src/patchable/patch-map.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import type { RecordedRun } from '../../src/patchable/recorded-run.js';
import { useBackend } from '../support/backend.js';
import { goldenModel } from '../support/models.js';

beforeAll(useBackend);

/** WebGPU sums in varying order; elsewhere results are equal bit by bit. */
const TOLERANCE = inject('backend') === 'webgpu' ? 1e-3 : 0;

/** A patch that counts how often it was applied. */
function counted(): { patch: CustomPatch; shapes: number[][] } {
  const shapes: number[][] = [];
  const patch = new CustomPatch({
    op: (value) => {
      shapes.push(value.shape);
      return value.neg();
    },
  });
  return { patch, shapes };
}

async function expectSame(actual: tf.Tensor, expected: tf.Tensor, label: string): Promise<void> {
  const [found, wanted] = [await actual.data(), await expected.data()];
  expect(actual.shape, label).toEqual(expected.shape);
  const differences = Array.from(found, (value, i) => Math.abs(value - (wanted[i] as number)));
  const worst = Math.max(0, ...differences);
  expect(worst, label).toBeLessThanOrEqual(TOLERANCE);
}

async function expectSameAsAlone(run: RecordedRun, maps: PatchMap[], of: (output: unknown) => tf.Tensor) {
  const results = await run.runVariants(maps, { pick: of });
  for (const [i, map] of maps.entries()) {
    const alone = run.patch(map);
    await expectSame(results[i] as tf.Tensor, of(alone.output), `variant ${i}`);
    alone.dispose();
  }
  tf.dispose(results);
}

const logitsOf = (output: unknown) => (output as ReturnType<LanguageModel['forward']>).logits;

it.each([
  ['gpt2-tiny', 'transformer.h', 'attn'],
  ['llama-options', 'model.layers', 'self_attn'],
])('[R3] variants of %s in batches equal one run each', async (name, block, attention) => {
  const { model, golden } = await goldenModel(name);
  const ids = golden.get('input_ids');
  const inputIds = tf.tensor2d(ids?.values as Int32Array, ids?.shape as [number, number], 'int32');
  const pg = new PatchableGraph(model, [inputIds]);
  const run = await pg.record([inputIds]);
  const before = tf.memory().numTensors;
  const maps: PatchMap[] = [];
  for (const layer of [0, 1]) {
    for (const slice of [':, 0', ':, 1, -1', '..., 2']) {
      maps.push({ [`${block}_${layer}.${attention}.pattern`]: new ZeroPatch({ slice }) });
    }
    maps.push({ [`${block}_${layer}.output`]: new NoisePatch({ std: 1, seed: layer, slice: ':, 1' }) });
  }
  maps.push({ inputIds: new ReplacePatch({ value: 3, slice: ':, 0' }) });
  maps.push({ lm_head: new ZeroPatch() } as PatchMap);
  await expect(run.runVariants(maps)).rejects.toThrow(NodePathError);
  maps.pop();
  maps.push({ 'lm_head.weight': new ScalePatch({ factor: 0.5 }) });
  maps.push({ [`${block}_1.${attention}.scale`]: new ScalePatch({ factor: 2 }) });
  maps.push({});
  maps.push({ inputIds: new ProbePatch(), [`${block}_0.output`]: new MeanPatch({ dims: [1] }) });
  await expectSameAsAlone(run, maps, logitsOf);
  const probe = (maps.at(-1) as { inputIds: ProbePatch }).inputIds;
  expect(probe.activation?.shape).toEqual(inputIds.shape);
  probe.dispose();
  const [patched] = maps as [PatchMap];
  const base = run.patch(patched);
  await expectSameAsAlone(base, maps.slice(4, 9), logitsOf);
  base.dispose();
  // The trace of two copies keeps its constants.
  expect(tf.memory().numTensors - before).toBeLessThan(40);
  model.dispose();
});

class Rows extends Module {
  static override readonly inputs = ['x'];
  readonly up = new Linear(3, 4);
  constructor(private readonly mix: (x: tf.Tensor2D) => tf.Tensor) {
    super();
  }

  forward(x: tf.Tensor2D): tf.Tensor {
    return this.mix(this.up.apply(x).relu() as tf.Tensor2D);
  }
}

const MIXERS: Record<string, (x: tf.Tensor2D) => tf.Tensor> = {
  'keeps rows apart': (x) => x.softmax().mul(x.sum(1, true)),
  'takes a mean over rows': (x) => x.sub(x.mean(0)),
  'adds up along rows': (x) => x.cumsum(0),
  'turns rows around': (x) => x.reverse(0),
  'takes the first row': (x) => x.add(x.slice([0], [1])),
  'takes half of the rows': (x) => tf.concat([x.slice([0], [x.shape[0] / 2]), x.slice([x.shape[0] / 2])], 0),
  'multiplies rows with rows': (x) => tf.matMul(x, x, false, true).matMul(x),
  'returns rows as columns': (x) => x.transpose(),
  'counts its rows': (x) => x.mul(x.shape[0]),
  'normalises all': (x) => x.div(x.max()),
};

it.each(Object.entries(MIXERS))('[R3] variants of a model that %s equal one run each', async (kind, mix) => {
  const model = new Rows(mix);
  const x = tf.randomNormal<tf.Rank.R2>([4, 3], 0, 1, 'float32', 5);
  const run = await new PatchableGraph(model, [x]).record([x]);
  const { patch, shapes } = counted();
  const maps: PatchMap[] = [
    { 'up.output': patch },
    { x: new AddPatch({ value: 2, slice: '0' }) },
    { 'up.bias': new AddPatch({ value: 1 }) },
    { relu: new ZeroPatch({ slice: '1:3, ::2' }) },
  ];
  await expectSameAsAlone(run, maps, (output) => output as tf.Tensor);
  expect(new Set(shapes.map(String)), kind).toEqual(new Set(['4,4']));
});

it('[R3] variants really share executions: far fewer kernels than one run each', async () => {
  const { model, golden } = await goldenModel('gpt2-tiny');
  const ids = golden.get('input_ids');
  const inputIds = tf.tensor2d(ids?.values as Int32Array, ids?.shape as [number, number], 'int32');
  const run = await new PatchableGraph(model, [inputIds]).record([inputIds]);
  const maps: PatchMap[] = Array.from({ length: 24 }, (_, i) => ({
    'transformer.h_0.output': new ScalePatch({ factor: i / 24, slice: ':, 0' }),
  }));
  const kernels = async (work: () => Promise<unknown>): Promise<number> => {
    const engine = tf.engine();
    const { runKernel } = engine;
    let count = 0;
    engine.runKernel = (...args) => {
      count += 1;
      return runKernel.call(engine, ...args) as never;
    };
    await work();
    engine.runKernel = runKernel;
    return count;
  };
  tf.dispose(await run.runVariants(maps.slice(0, 2)));
  const together = await kernels(async () => tf.dispose(await run.runVariants(maps, { pick: logitsOf })));
  const alone = await kernels(async () => {
    for (const map of maps) run.patch(map).dispose();
  });
  expect(together * 3).toBeLessThan(alone);
  model.dispose();
});

it('[R3] [R4] variants report progress; aborting and errors free everything', async () => {
  const x = tf.ones<tf.Rank.R2>([2, 3]);
  const model = new Rows(MIXERS['keeps rows apart'] as (x: tf.Tensor2D) => tf.Tensor);
  const run = await new PatchableGraph(model, [x]).record([x]);
  const maps = Array.from({ length: 150 }, (_, i) => ({ x: new AddPatch({ value: i }) }));
  tf.dispose(await run.runVariants(maps.slice(0, 3)));
  const before = tf.memory().numTensors;
  const seen: number[] = [];
  const results = await run.runVariants(maps, {
    onProgress: ({ done, total }) => seen.push(done / total),
    pick: (output, index) => (output as tf.Tensor).add(index),
  });
  expect(seen.at(-1)).toBe(1);
  expect(seen.length).toBeGreaterThan(2);
  expect(tf.memory().numTensors).toBe(before + 150);
  tf.dispose(results);
  const controller = new AbortController();
  const aborted = run.runVariants(maps, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(aborted).rejects.toThrow('enough');
  const failing = new CustomPatch({
    op: () => {
      throw new Error('broken');
    },
  });
  await expect(run.runVariants([...maps, { x: failing }])).rejects.toThrow('broken');
  expect(tf.memory().numTensors).toBe(before);
  const few = await run.runVariants(maps.slice(0, 5), { maxBytes: 1 });
  expect(few.length).toBe(5);
  tf.dispose(few);
  expect(await run.runVariants([])).toEqual([]);
  run.dispose();
});
