import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { UntraceableError } from '../../src/errors.js';
import { Module } from '../../src/module/module.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { counting, IdentityResidual, ToyModel, ToyZoo } from '../support/toy-models.js';

beforeAll(useBackend);

it('[G2] prints the tree of the example', () => {
  const pg = new PatchableGraph(new ToyModel(), [counting(3, 2) as tf.Tensor2D]);
  expect(String(pg.graph)).toBe(
    `
<root>: Graph(3)
├─x: Tensor(3, 2)
├─linear: Graph(6)
│ ├─input: Tensor(3, 2)
│ ├─weight: Tensor(3, 2)
│ ├─bias: Tensor(3)
│ ├─matMul: Tensor(3, 3)
│ ├─add: Tensor(3, 3)
│ └─output: Tensor(3, 3)
└─output: Tensor(3, 3)`.trim(),
  );
});

it('[T4] [T5] [G4] names containers, repeated calls, repeated ops, explicit names, parts and tied tensors', () => {
  const pg = new PatchableGraph(new ToyZoo(), [counting(3, 2) as tf.Tensor2D]);
  const paths = pg.match('*');
  expect(paths.join(' ')).toBe(
    'x offset layers_0 layers_1 stack twice add split greater zerosLike masked shared_0 shared_1 add_1 ' +
      'shared_weight matMul output',
  );
  expect(Object.keys(pg.graph)).toEqual(paths);
  expect(pg.match('output|nested.*')).toEqual([
    'output|nested.masked',
    'output|nested.again',
    'output|nested.tied',
  ]);
  expect(Object.keys(pg.graph.output as object)).toEqual(['parts', 'nested', 'rows']);
  expect(pg.graph.output?.parts?.sub_1?._path).toBe('output|parts.sub_1');
  expect(pg.graph.output?.parts?.sub_1?._shape).toEqual([2, 3, 2]);
  expect(pg.match('layers_*.matMul')).toEqual(['layers_0.matMul', 'layers_1.matMul']);
  expect(pg.match('**.weight')).toEqual([
    'layers_0.weight',
    'layers_1.weight',
    'shared_0.weight',
    'shared_1.weight',
  ]);
});

it('[T2] [T3] computes what the module computes, for the example and for other inputs', async () => {
  const zoo = new ToyZoo();
  const pg = new PatchableGraph(zoo, [counting(3, 2) as tf.Tensor2D]);
  for (const rows of [3, 1, 5]) {
    const x = tf.randomNormal<tf.Rank.R2>([rows, 2], 0, 1, 'float32', rows);
    const expected = zoo.apply(x);
    const actual = pg.apply(x);
    expect(actual.rows).toBe(rows);
    expect(await values(actual)).toEqual(await values(expected));
    tf.dispose([expected, actual, x]);
  }
});

it('[T2] a module that returns its input stays apart from the input', async () => {
  const pg = new PatchableGraph(new IdentityResidual(), [counting(2)]);
  const x = counting(2);
  expect(await pg.apply(x).array()).toEqual([2, 4]);
  expect(pg.match('**')).toEqual(['x', 'identity', 'identity.input', 'identity.output', 'add', 'output']);
});

it('[P8] [R1] tracing and running leave no tensors behind', () => {
  const zoo = new ToyZoo();
  const x = counting(3, 2) as tf.Tensor2D;
  const before = tf.memory().numTensors;
  const pg = new PatchableGraph(zoo, [x]);
  const traced = tf.memory().numTensors;
  for (let run = 0; run < 20; run += 1) tf.dispose(pg.apply(x));
  expect(tf.memory().numTensors).toBe(traced);
  pg.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('[G3] code of an operation is its source line, of a module its compiled graph', async () => {
  const pg = new PatchableGraph(new ToyModel(), [counting(3, 2) as tf.Tensor2D]);
  await pg.loadSources();
  expect(pg.graph.linear?._code).toContain(`function ToyLinear(input) {
  const weight = this.weight;
  const bias = this.bias;
  const matMul = tf.matMul(input, weight, { transposeB: true });
  const add = tf.add(matMul, bias);
  return add;
}`);
  expect(pg.graph.linear?.matMul?._code).toMatch(
    /toy-models\.ts.* in ToyLinear\.forward\nreturn tf\.matMul\(input, this\.weight as tf\.Tensor2D, false, true\)/,
  );
});

it('[T8] a forward that reads values is refused in words where that is asked for', () => {
  class Reads extends Module {
    forward(x: tf.Tensor): tf.Tensor {
      return (x.dataSync()[0] ?? 0) > 0 ? x : x.neg();
    }
  }
  const before = tf.memory().numTensors;
  const x = counting(2);
  const strict = { errorOnCompilationFailure: true };
  expect(() => new PatchableGraph(new Reads(), [x], strict)).toThrow(UntraceableError);
  expect(() => new PatchableGraph(new Reads(), [x], strict)).toThrow(
    /Reads\.forward reads the values of a tensor/,
  );
  expect(tf.memory().numTensors).toBe(before + 1);
});

async function values(result: unknown): Promise<unknown> {
  if (result instanceof tf.Tensor) return [...(await result.data())];
  if (Array.isArray(result)) return Promise.all(result.map(values));
  if (typeof result !== 'object' || result === null) return result;
  const entries = await Promise.all(
    Object.entries(result).map(async ([key, each]) => [key, await values(each)] as const),
  );
  return Object.fromEntries(entries);
}

it('[G1] own keys are the children, and wrong names say what is close', () => {
  const { graph } = new PatchableGraph(new ToyModel(), [counting(3, 2) as tf.Tensor2D]);
  expect(Object.keys(graph)).toEqual(['x', 'linear', 'output']);
  expect(graph.linear?.weight).toMatchObject({ _path: 'linear.weight', _shape: [3, 2], _dtype: 'float32' });
  expect(() => graph.liner).toThrow("The root has no 'liner'. Close to it: linear.");
  expect(() => graph.linear?.matmul).toThrow("'linear' has no 'matmul'. Close to it: matMul.");
  expect(graph.somethingElse).toBeUndefined();
});
