import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { BackendError } from '../../src/errors.js';
import { ProbePatch, ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { loopGraph, mapGraph, plainGraph, tableGraph, textGraph } from '../support/tfjs-graphs.js';
import { byReference, loadTensorModel, mostDifferent, referenceGraph } from '../support/tfjs-models.js';

let tolerance = 0;

beforeAll(async () => {
  // The same kernels in the same order give the same bits, but on a GPU.
  tolerance = (await useBackend()) === 'webgpu' ? 1e-4 : 0;
});

/** What `plainGraph` computes. */
type Outputs = Record<'result' | 'gate', tf.Tensor>;

const rows = [
  [1, 2, 3],
  [3, -1, 2],
];

describe('a graph without control flow', () => {
  it('[T2] computes what tfjs computes, for inputs of several shapes', async () => {
    const before = tf.memory().numTensors;
    const files = plainGraph();
    const model = await loadTensorModel(files);
    const reference = await referenceGraph(files);
    const x = tf.tensor2d(rows.slice(1));
    const graph = new PatchableGraph(model, [x], { errorOnCompilationFailure: true });
    for (const input of [x, tf.tensor2d(rows)]) {
      const results = [graph.apply(input), await byReference(() => reference.predict(input))];
      expect(await mostDifferent(...(results as [unknown, unknown]))).toBeLessThanOrEqual(tolerance);
      tf.dispose([input, results as never]);
    }
    graph.dispose();
    model.dispose();
    reference.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('[T4] groups nodes by their name scopes', async () => {
    const model = await loadTensorModel(plainGraph());
    const x = tf.tensor2d(rows.slice(1));
    const graph = new PatchableGraph(model, [x]);
    expect(String(graph.graph).split('\n')).toEqual([
      '<root>: Graph(4)',
      '├─x: Tensor(1, 3)',
      '├─net: Scope(5)',
      '│ ├─dense: Scope(5)',
      '│ │ ├─MatMul_ReadVariableOp: Tensor(3, 8)',
      '│ │ ├─bias: Tensor(8)',
      '│ │ ├─MatMul: Tensor(1, 8)',
      '│ │ ├─BiasAdd: Tensor(1, 8)',
      '│ │ └─Relu: Tensor(1, 8)',
      '│ ├─table: Scope(4)',
      '│ │ ├─values: Tensor(5, 2)',
      '│ │ ├─ids: Tensor(2)',
      '│ │ ├─cast: Tensor(2)',
      '│ │ └─rows: Tensor(2, 2)',
      '│ ├─gate: Scope(2)',
      '│ │ ├─split: array(2)',
      '│ │ │ ├─sub_0: Tensor(1, 4)',
      '│ │ │ └─sub_1: Tensor(1, 4)',
      '│ │ └─mul: Tensor(1, 4)',
      '│ ├─flat: Scope(1)',
      '│ │ └─Reshape: Tensor(1, 2, 2)',
      '│ └─add: Tensor(1, 2, 2)',
      '├─Identity: Tensor(1, 2, 2)',
      '└─output: object(2)',
      '  ├─result: Tensor(1, 2, 2)',
      '  └─gate: Tensor(1, 4)',
    ]);
    expect([...model.namedParameters().keys()]).toEqual([
      'net/dense/MatMul_ReadVariableOp',
      'net/dense/bias',
      'net/table/values',
    ]);
    expect([...model.namedBuffers().keys()]).toEqual(['net/table/ids']);
    x.dispose();
    graph.dispose();
    model.dispose();
  });

  it('[G3] shows the graph as code, a scope as the lines of its nodes', async () => {
    const model = await loadTensorModel(plainGraph());
    const x = tf.tensor2d(rows.slice(1));
    const graph = new PatchableGraph(model, [x]);
    const code = graph.graph._code as string;
    expect(code).toContain("const net_dense_bias = this['net/dense/bias'];");
    expect(code).toContain('const net_gate_mul = tf.mul(net_gate_split[0], net_gate_split[1]);');
    expect(code).toContain('return { result: Identity, gate: net_gate_mul };');
    const { net } = graph.graph as unknown as { net: { gate: { _code: string } } };
    expect(net.gate._code.split('\n')).toEqual([
      'const net_gate_split = tf.split(net_dense_Relu, { numOrSizeSplits: 2, axis: 1 });',
      'const net_gate_mul = tf.mul(net_gate_split[0], net_gate_split[1]);',
    ]);
    x.dispose();
    graph.dispose();
    model.dispose();
  });

  it('[P2] patches operations and weights at their places', async () => {
    const files = plainGraph();
    const model = await loadTensorModel(files);
    const reference = await referenceGraph(files);
    const x = tf.tensor2d(rows);
    const graph = new PatchableGraph(model, [x]);
    const relu = await byReference(() => reference.execute(x, 'net/dense/Relu') as tf.Tensor);
    const masked = tf.tidy(() => relu.mul(tf.tensor1d([0, 1, 1, 1, 1, 1, 1, 1])));
    const expected = await byReference(
      () => reference.execute({ 'net/dense/Relu': masked, x }, 'Identity') as tf.Tensor,
    );
    const seen = new ProbePatch();
    const actual = graph
      .patch({ 'net.dense.Relu': [seen, new ZeroPatch({ slice: ':, 0' })] })
      .apply(x) as Outputs;
    expect(await mostDifferent(actual.result, expected)).toBeLessThanOrEqual(tolerance);
    expect(await mostDifferent(seen.activation, relu)).toBeLessThanOrEqual(tolerance);
    const biased = graph.patch({ 'net.dense.bias': new ReplacePatch({ value: -100 }) }).apply(x) as Outputs;
    expect(Array.from(await biased.gate.data()).every((value) => value === 0)).toBe(true);
    graph.dispose();
    model.dispose();
    reference.dispose();
    tf.dispose([x, relu, masked, expected, actual as never, biased as never, seen.activation as tf.Tensor]);
  });

  it('[S2] is saved and loaded with its scopes', async () => {
    const model = await loadTensorModel(plainGraph());
    const x = tf.tensor2d(rows);
    const graph = new PatchableGraph(model, [x]);
    const again = await PatchableGraph.load(await graph.save());
    expect(String(again.graph)).toBe(String(graph.graph));
    expect(again.graph._code).toBe(graph.graph._code);
    const [actual, expected] = [again.apply(...([x] as never[])), graph.apply(x)];
    expect(await mostDifferent(actual, expected)).toBeLessThanOrEqual(tolerance);
    tf.dispose([x, actual as never, expected as never]);
    again.module.dispose();
    again.dispose();
    graph.dispose();
    model.dispose();
  });
});

describe('[T7] control flow runs by itself, what lies around it is recorded', () => {
  it('a loop', async () => {
    const before = tf.memory().numTensors;
    const files = loopGraph();
    const model = await loadTensorModel(files);
    const reference = await referenceGraph(files);
    const x = tf.tensor2d([[1, 2]]);
    const graph = await PatchableGraph.create(model, [x]);
    expect(graph.match('stages_*.**').filter((path) => path.endsWith('MatMul'))).toEqual([
      'stages_0.before.MatMul',
      'stages_0.output|MatMul',
      'stages_1.MatMul',
      'stages_2.after.MatMul',
      'stages_2.output|MatMul',
    ]);
    for (const input of [x, tf.tensor2d([1, 2, 3, 1], [2, 2])]) {
      const results = [await graph.apply(input), await byReference(() => reference.executeAsync(input))];
      expect(await mostDifferent(...(results as [unknown, unknown]))).toBeLessThanOrEqual(tolerance);
      tf.dispose(results as never);
      if (input !== x) input.dispose();
    }
    // Zeros stay zeros in the loop and after it.
    const zero = await graph.patch({ 'stages_0.before.MatMul': new ZeroPatch() }).apply(x);
    expect(Array.from(await (zero as tf.Tensor).data(), Math.abs)).toEqual([0, 0]);
    tf.dispose([x, zero as tf.Tensor]);
    graph.dispose();
    model.dispose();
    reference.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a loop that fills a list', async () => {
    const before = tf.memory().numTensors;
    const model = await loadTensorModel(mapGraph());
    const x = tf.tensor2d([1, -2, 3, 4, 5, 6], [3, 2]);
    const graph = await PatchableGraph.create(model, [x]);
    const sum = (await graph.apply(x)) as tf.Tensor;
    expect(Array.from(await sum.data())).toEqual([18, 20]);
    const patched = await graph
      .patch({
        'stages_0.map.Relu': new ZeroPatch({ slice: '0' }),
        'stages_2.sum': new ZeroPatch({ slice: '1' }),
      })
      .apply(x);
    expect(Array.from(await (patched as tf.Tensor).data())).toEqual([16, 0]);
    tf.dispose([x, sum, patched as tf.Tensor]);
    graph.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('tables, and results as large as the values say', async () => {
    const before = tf.memory().numTensors;
    const model = await loadTensorModel(tableGraph());
    const keys = tf.tensor1d([8, 9, 7], 'int32');
    const x = tf.tensor1d([1, -1, 2]);
    const graph = await PatchableGraph.create(model, [keys, x]);
    for (const [values, expected] of [
      [
        [1, -1, 2],
        [2, 4],
      ],
      [[-1, -1, 3], [6]],
    ] as const) {
      const given = tf.tensor1d([...values]);
      const { found, rows: taken } = (await graph.apply(keys, given)) as Record<'found' | 'rows', tf.Tensor>;
      expect(Array.from(await found.data())).toEqual([81, 0, 71]);
      expect(Array.from(await taken.data())).toEqual(expected);
      tf.dispose([given, found, taken]);
    }
    tf.dispose([keys, x]);
    graph.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('texts, which a GPU cannot compute with', async () => {
    const before = tf.memory().numTensors;
    const model = await loadTensorModel(textGraph());
    const texts = tf.tensor1d(['a', 'b', 'a'], 'string');
    if (tf.getBackend() === 'webgpu') {
      await expect(PatchableGraph.create(model, [texts])).rejects.toThrow(BackendError);
    } else {
      const graph = await PatchableGraph.create(model, [texts]);
      const half = (await graph.apply(texts)) as tf.Tensor;
      const [a, b, again] = await half.data();
      expect(a).toBe(again);
      expect(a).not.toBe(b);
      half.dispose();
      graph.dispose();
    }
    texts.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
