import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { InputError, NodePathError } from '../../src/errors.js';
import { settled } from '../../src/memory/gpu-errors.js';
import { Sequential } from '../../src/module/containers.js';
import { Linear } from '../../src/nn/linear.js';
import { countParameters } from '../../src/nn/parameter-count.js';
import { AddPatch, ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { ScalePatch } from '../../src/patch/statistical-patches.js';
import type { PatchMap } from '../../src/patchable/patch-map.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { buffers, mostBytesUsed } from '../support/gpu-buffers.js';
import { goldenModel } from '../support/models.js';
import { packMatrices } from '../support/weights.js';

/** On WebGPU sums are made in an order that varies. */
const TOLERANCE = inject('backend') === 'webgpu' ? 1e-3 : 1e-6;
const WIDTH = 128;
const LAYERS = 6;
const MATRIX_BYTES = 4 * WIDTH * WIDTH;

/** Layers with matrices of int8, and others with float32 matrices of the same values. */
let packed: Sequential;
let plain: Sequential;
let packedGraph: PatchableGraph<Sequential>;
let plainGraph: PatchableGraph<Sequential>;
let x: tf.Tensor2D;

beforeAll(useBackend);

beforeEach(async () => {
  packed = layers();
  await packMatrices(packed, 'int8');
  plain = layers();
  x = tf.linspace(-1, 1, WIDTH).reshape([1, WIDTH]);
  packedGraph = new PatchableGraph(packed, [x]);
  plainGraph = new PatchableGraph(plain, [x]);
  const run = await packedGraph.record([x]);
  for (let i = 0; i < LAYERS; i += 1) {
    (plain.at(i) as Linear).weight.assign(run.value(`${i}.weight`) as tf.Tensor2D);
    (plain.at(i) as Linear).bias?.assign(run.value(`${i}.bias`) as tf.Tensor1D);
  }
  run.dispose();
});

afterEach(() => {
  for (const each of [packedGraph, plainGraph, packed, plain]) each.dispose();
  x.dispose();
});

function layers(): Sequential {
  return new Sequential(...Array.from({ length: LAYERS }, () => new Linear(WIDTH, WIDTH)));
}

async function expectSame(actual: unknown, expected: unknown): Promise<void> {
  const [a, b] = [await (actual as tf.Tensor).data(), await (expected as tf.Tensor).data()];
  expect(a.length).toBe(b.length);
  const worst = Array.from(a, (value, i) => Math.abs(value - (b[i] as number)));
  expect(Math.max(...worst)).toBeLessThan(TOLERANCE);
}

const PATCHES: PatchMap[] = [
  {},
  { '2.weight': new ZeroPatch({ slice: '3:40' }) },
  { '2.weight': [new ScalePatch({ factor: 2 }), new AddPatch({ value: 0.1, slice: '5, :' })] },
  { '1.matMul': new AddPatch({ value: 1 }), '4.weight': new ReplacePatch({ value: 0.01 }) },
];

it('the unpacked matrix is a node where the float32 one is, next to what it is made of', () => {
  expect(packedGraph.match('0.*')).toEqual([
    '0.input',
    '0.bias',
    '0.weight_packed',
    '0.weight_scale',
    '0.weight',
    '0.matMul',
    '0.add',
    '0.output',
  ]);
  expect(plainGraph.match('**').filter((path) => !packedGraph.match('**').includes(path))).toEqual([]);
  expect(packedGraph.graph['0']?.weight?._shape).toEqual([WIDTH, WIDTH]);
});

it('patches on it act as on a float32 matrix, in full runs and from kept ones', {
  timeout: 180_000,
}, async () => {
  const kept = await packedGraph.record([x]);
  for (const map of PATCHES) {
    const expected = plainGraph.patch(map).apply(x);
    const full = packedGraph.patch(map).apply(x);
    const run = kept.patch(map);
    await expectSame(full, expected);
    await expectSame(run.output, expected);
    for (const more of PATCHES.slice(1, 3)) {
      const both = plainGraph.patch(map).patch(more).apply(x);
      const next = run.patch(more);
      const recorded = await packedGraph.patch(map).record([x]);
      const after = recorded.patch(more);
      await expectSame(next.output, both);
      await expectSame(after.output, both);
      for (const each of [after, recorded, next]) each.dispose();
      both.dispose();
    }
    run.dispose();
    tf.dispose([expected, full]);
  }
  const variants = await kept.runVariants(PATCHES);
  for (const [i, map] of PATCHES.entries()) {
    const alone = plainGraph.patch(map).apply(x);
    await expectSame(variants[i], alone);
    alone.dispose();
  }
  tf.dispose(variants);
  kept.dispose();
});

it('a patched matrix is what a run patched from it shows and uses', async () => {
  const run = await packedGraph.patch({ '0.weight': new ReplacePatch({ value: 3 }) }).record([x]);
  const next = run.patch({ '0.matMul': new AddPatch({ value: 1 }) });
  for (const each of [run, next]) {
    const { values, shape } = await each.read('0.weight');
    expect([values[0], values[5], shape]).toEqual([3, 3, [WIDTH, WIDTH]]);
  }
  next.dispose();
  run.dispose();
});

it('a kept run holds no unpacked matrix, but makes one that is asked for', async () => {
  const before = tf.memory();
  const other = await plainGraph.record([x]);
  const activations = tf.memory().numDataBuffers - before.numDataBuffers;
  other.dispose();
  const run = await packedGraph.record([x]);
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers + activations);
  const held = tf.memory().numTensors;
  const { values } = await run.read('3.weight');
  expect(tf.memory().numTensors).toBe(held);
  const weight = run.value('3.weight');
  expect(run.value('3.weight')).toBe(weight);
  expect([...(await weight.data())]).toEqual(Array.from(values));
  await expectSame(weight, (plain.at(3) as Linear).weight);
  run.dispose();
  expect(weight.isDisposed).toBe(true);
  expect(tf.memory().numTensors).toBe(before.numTensors);
});

it('nor does one of a module that runs by itself, around layers that do not', async () => {
  const graph = new PatchableGraph(packed, [x], { classesToSkipCompiling: [Sequential] });
  const run = await graph.record([x]);
  const { numTensors } = tf.memory();
  const { values } = await run.read('3.weight');
  expect(tf.memory().numTensors).toBe(numTensors);
  const weight = run.value('3.weight');
  expect(tf.memory().numTensors).toBe(numTensors + 1);
  expect([...(await weight.data())]).toEqual(Array.from(values));
  await expectSame(weight, (plain.at(3) as Linear).weight);
  run.dispose();
  graph.dispose();
});

it('tracing and running hold one unpacked matrix at a time', async () => {
  const most = async (fn: () => tf.TensorContainer) => {
    const { numBytes } = tf.memory();
    const { peakBytes } = await tf.profile(fn);
    return peakBytes - numBytes;
  };
  const longer = tf.tile(x, [2, 1]);
  const traced = new PatchableGraph(packed, [x]);
  for (const input of [x, longer]) {
    const peak = await most(() => {
      const result = traced.apply(input);
      result.dispose();
      return [];
    });
    expect(peak).toBeGreaterThanOrEqual(MATRIX_BYTES);
    expect(peak).toBeLessThan(1.5 * MATRIX_BYTES);
  }
  traced.dispose();
  longer.dispose();
});

it.runIf(inject('backend') === 'webgpu')(
  'a GPU takes back large matrices before it unpacks others',
  async () => {
    const wide = 2048;
    const matrix = 4 * wide * wide;
    const large = new Sequential(...Array.from({ length: 5 }, () => new Linear(wide, wide)));
    await packMatrices(large, 'f16');
    const input = tf.ones<tf.Rank.R2>([1, wide]);
    const graph = new PatchableGraph(large, [input]);
    await settled();
    const before = buffers().numBytesUsed;
    expect((await mostBytesUsed(() => graph.apply(input))) - before).toBeLessThan(3.5 * matrix);
    input.dispose();
    graph.dispose();
    large.dispose();
  },
);

it('[P7] gradients reach inputs and patches; packed numbers are no parameters', async () => {
  expect([...packed.namedParameters().keys()]).toEqual(Array.from({ length: LAYERS }, (_, i) => `${i}.bias`));
  expect(packed.namedBuffers().size).toBe(2 * LAYERS);
  expect(countParameters(packed)).toBe(countParameters(plain));
  const gradients = (graph: PatchableGraph<Sequential>) =>
    tf.grads((input, value) =>
      graph
        .patch({ '1.add': new AddPatch({ value }) })
        .apply(input as tf.Tensor2D)
        .square()
        .sum(),
    )([x, tf.zeros([1, WIDTH])]);
  const [found, expected] = [gradients(packedGraph), gradients(plainGraph)];
  for (const [i, gradient] of found.entries()) await expectSame(gradient, expected[i]);
  tf.dispose([found, expected]);
});

it('[S1] [S2] a saved graph stays packed, and runs without the classes', async () => {
  const bytes = await packedGraph.save();
  expect(bytes.length).toBeLessThan(LAYERS * (MATRIX_BYTES / 4) + 100_000);
  const loaded = (await PatchableGraph.load(bytes)) as PatchableGraph<Sequential>;
  const patched = { '2.weight': new ZeroPatch({ slice: '3:40' }) };
  const [expected, actual] = [plainGraph.patch(patched).apply(x), loaded.patch(patched).apply(x)];
  await expectSame(actual, expected);
  tf.dispose([expected, actual]);
  loaded.dispose();
});

it('a layer that runs as written is saved with its layout', async () => {
  const opaque = new PatchableGraph(packed, [x], { classesToSkipCompiling: [Linear] });
  const bytes = await opaque.save();
  const loaded = (await PatchableGraph.load(bytes, { modules: { Linear } })) as PatchableGraph<Sequential>;
  const [expected, actual] = [plainGraph.apply(x), loaded.apply(x)];
  await expectSame(actual, expected);
  tf.dispose([expected, actual]);
  loaded.dispose();
  opaque.dispose();
});

it('the state of one model goes into another that is packed the same way', async () => {
  const other = layers();
  await packMatrices(other, 'int8');
  other.loadStateDict(packed.stateDict());
  const [expected, actual] = [packed.apply(x), other.apply(x)];
  await expectSame(actual, expected);
  expect(() => other.loadStateDict(plain.stateDict())).toThrow(/missing: 0\.weight_packed/);
  tf.dispose([expected, actual]);
  other.dispose();
});

it('there is no variable to read where a matrix is packed', () => {
  expect(() => (packed.at(0) as Linear).weight).toThrow(InputError);
  expect(() => (packed.at(0) as Linear).weight).toThrow(/loaded as int8, into weight_packed, weight_scale/);
});

it('[M3] tied layers share what is packed; an embedding unpacks only the rows that it gives', async () => {
  const { model, golden } = await goldenModel('llama-options');
  await packMatrices(model, 'f16');
  const state = model.stateDict();
  expect(state.get('lm_head.weight_packed')).toBe(state.get('model.embed_tokens.weight_packed'));
  const ids = tf.tensor2d(golden.get('input_ids')?.values as Int32Array, [2, 7], 'int32');
  const graph = new PatchableGraph(model, [ids]);
  expect(graph.match('model.embed_tokens.*')).toEqual(
    ['input', 'weight_packed', 'gather', 'output'].map((name) => `model.embed_tokens.${name}`),
  );
  expect(graph.match('lm_head.weight')).toHaveLength(1);
  expect(() => graph.patch({ 'model.embed_tokens.weight': new ZeroPatch() }).apply(ids)).toThrow(
    NodePathError,
  );
  const zeroed = graph.patch({ 'model.embed_tokens.gather': new ZeroPatch() }).apply(ids).logits;
  expect(zeroed.shape).toEqual([2, 7, 37]);
  tf.dispose([ids, zeroed]);
  graph.dispose();
  model.dispose();
});
