import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { TensorModel } from '../../src/models/tensor-model.js';
import { ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { loadTensorModel, mostDifferent, referenceGraph, referenceLayers } from '../support/tfjs-models.js';
import { detectedLanguages, mobileNetFiles, packageFile, packageFiles } from '../support/tfjs-packages.js';

const backend = inject('backend');
/** The others would take minutes. */
const isFast = backend === 'wasm';
const isNode = backend !== 'webgpu';

let tolerance = 0;

beforeAll(async () => {
  // The same kernels in the same order give the same bits, but on a GPU.
  tolerance = (await useBackend()) === 'webgpu' ? 1e-3 : 0;
});

/** The largest difference between what a graph computes and what it does after it was saved and loaded. */
async function differenceWhenSaved(graph: PatchableGraph<TensorModel>, inputs: tf.Tensor[]): Promise<number> {
  const again = await PatchableGraph.load<TensorModel>(await graph.save());
  const results = [again.apply(...inputs), graph.apply(...inputs)] as [tf.Tensor, tf.Tensor];
  const difference = await mostDifferent(...results);
  expect(String(again.graph)).toBe(String(graph.graph));
  tf.dispose(results);
  again.module.dispose();
  again.dispose();
  return difference;
}

/** Numbers between -1 and 1 that are the same each time. */
function numbers(shape: number[], scale = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7) * scale),
    shape,
  );
}

describe('@upscalerjs/esrgan-slim, a layers model', () => {
  const folder = '@upscalerjs/esrgan-slim/models/x2';

  it('[T2] [S2] computes what tfjs computes, also for another size and when saved', async () => {
    const before = tf.memory().numTensors;
    const model = await loadTensorModel(packageFile(`${folder}/model.json`));
    const reference = await referenceLayers(await packageFiles(folder, ['group1-shard1of1.bin']));
    const sizes = [
      [4, 5],
      [3, 6],
    ] as const;
    const example = numbers([1, ...sizes[0], 3], 255);
    const graph = new PatchableGraph(model, [example], { errorOnCompilationFailure: true });
    for (const [height, width] of sizes) {
      const x = numbers([1, height, width, 3], 255);
      const results = [graph.apply(x), reference.predict(x)] as [tf.Tensor, tf.Tensor];
      expect(results[0].shape).toEqual([1, 2 * height, 2 * width, 3]);
      expect(await mostDifferent(...results)).toBeLessThanOrEqual(tolerance * 255);
      tf.dispose([x, results]);
    }
    expect(await differenceWhenSaved(graph, [example])).toBeLessThanOrEqual(tolerance * 255);
    example.dispose();
    graph.dispose();
    model.dispose();
    reference.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('[P2] without one feature map', async () => {
    const model = await loadTensorModel(packageFile(`${folder}/model.json`));
    const reference = await referenceLayers(await packageFiles(folder, ['group1-shard1of1.bin']));
    const x = numbers([1, 4, 5, 3], 255);
    const graph = new PatchableGraph(model, [x]);
    const actual = graph.patch({ 'GFF_2.output': new ZeroPatch({ slice: '..., 7' }) }).apply(x);
    // What makes that map is zero.
    const layer = reference.getLayer('GFF_2');
    const [kernel, bias] = layer.getWeights() as [tf.Tensor4D, tf.Tensor1D];
    const keep = tf
      .oneHot(tf.tensor1d([7], 'int32'), bias.size)
      .reshape([bias.size])
      .mul(-1)
      .add(1);
    layer.setWeights([kernel.mul(keep), bias.mul(keep)]);
    const expected = reference.predict(x);
    expect(await mostDifferent(actual, expected)).toBeLessThanOrEqual(Math.max(tolerance, 1e-6) * 255);
    tf.dispose([x, keep, actual as tf.Tensor, expected]);
    graph.dispose();
    model.dispose();
    reference.dispose();
  });
});

describe.runIf(isFast)('@spotify/basic-pitch, a graph model', () => {
  const folder = '@spotify/basic-pitch/model';

  it('[T2] [S2] computes what tfjs computes, with its nodes in name scopes', async () => {
    const before = tf.memory().numTensors;
    const model = await loadTensorModel(packageFile(`${folder}/model.json`));
    const reference = await referenceGraph(await packageFiles(folder, ['group1-shard1of1.bin']));
    const x = numbers([1, 43844, 1]);
    const graph = new PatchableGraph(model, [x], { errorOnCompilationFailure: true });
    const [actual, expected] = [graph.apply(x), reference.predict(x)];
    expect(Object.keys(actual)).toEqual(['contour', 'Identity_1', 'Identity_2']);
    expect(await mostDifferent(actual, expected)).toBe(0);
    expect(await differenceWhenSaved(graph, [x])).toBe(0);
    const { model_1: scope } = (graph.graph as never as { StatefulPartitionedCall: { model_1: object } })
      .StatefulPartitionedCall;
    expect(String((scope as { conv2d_3: object }).conv2d_3).split('\n')).toEqual([
      'conv2d_3: Scope(4)',
      '├─Conv2D: Scope(1)',
      '│ └─ReadVariableOp: Tensor(7, 3, 32, 1)',
      '├─BiasAdd_ReadVariableOp: Tensor(1)',
      '├─BiasAdd: Tensor(1, 172, 88, 1)',
      '└─Sigmoid: Tensor(1, 172, 88, 1)',
    ]);
    // Without sound there are no notes: a sigmoid of nothing but the bias, everywhere the same.
    const path = 'StatefulPartitionedCall.model_1.re_lu_2.Relu';
    const silent = graph.patch({ [path]: new ZeroPatch() }).apply(x) as Record<string, tf.Tensor>;
    const spread = tf.tidy(() =>
      (silent.Identity_1 as tf.Tensor).max().sub((silent.Identity_1 as tf.Tensor).min()),
    );
    expect((await spread.data())[0]).toBe(0);
    tf.dispose([x, actual as never, expected as never, silent, spread]);
    graph.dispose();
    model.dispose();
    reference.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.runIf(isFast)('nsfwjs, MobileNetV2 with quantised weights', () => {
  it('[T2] [S2] computes what tfjs computes', async () => {
    const before = tf.memory().numTensors;
    const files = await mobileNetFiles();
    const model = await loadTensorModel(files);
    const reference = await referenceLayers(files);
    const x = numbers([1, 224, 224, 3]);
    const graph = new PatchableGraph(model, [x], { errorOnCompilationFailure: true });
    const [actual, expected] = [graph.apply(x), reference.predict(x)];
    expect(await mostDifferent(actual, expected)).toBe(0);
    expect(await differenceWhenSaved(graph, [x])).toBe(0);
    expect(graph.match('block_3_*.depthwiseConv2d')).toHaveLength(1);
    tf.dispose([x, actual as tf.Tensor, expected]);
    graph.dispose();
    model.dispose();
    reference.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.runIf(isNode)('@vscode/vscode-languagedetection, with loops and texts', () => {
  it('[T7] runs these by themselves, and records the network', async () => {
    const before = tf.memory().numTensors;
    const model = await loadTensorModel(packageFile('@vscode/vscode-languagedetection/model/model.json'));
    const texts = [
      'def f(x):\n    return x + 1\n\nprint(f(2))\n',
      'fn main() { let x: u8 = 1; println!("{}", x); }',
    ];
    const example = tf.tensor1d(['int main() { return 0; }'], 'string');
    const graph = await PatchableGraph.create(model, [example]);
    expect(graph.match('stages_*.dnn.hiddenlayer_?.Relu')).toEqual([
      'stages_1.dnn.hiddenlayer_0.Relu',
      'stages_1.dnn.hiddenlayer_1.Relu',
    ]);
    for (const text of texts) {
      const expected = await detectedLanguages(text);
      const input = tf.tensor1d([text], 'string');
      const { scores, classes } = (await graph.apply(input)) as Record<string, tf.Tensor>;
      const names = (await (classes as tf.Tensor).data()) as unknown as string[];
      const found = await (scores as tf.Tensor).data();
      for (const [index, name] of names.entries())
        expect(found[index]).toBeCloseTo(expected.get(name) as number, 5);
      tf.dispose([input, scores as tf.Tensor, classes as tf.Tensor]);
    }
    example.dispose();
    graph.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
