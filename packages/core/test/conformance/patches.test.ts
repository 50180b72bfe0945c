import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { NodePathError, PatchError, SliceError } from '../../src/errors.js';
import {
  AddPatch,
  CustomPatch,
  ProbePatch,
  RecordPatch,
  ReplacePatch,
  ZeroPatch,
} from '../../src/patch/patches.js';
import { all, range } from '../../src/patch/slice.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { counting, ToyModel, ToyZoo } from '../support/toy-models.js';

beforeAll(useBackend);

let x: tf.Tensor2D;
let pg: PatchableGraph<ToyModel>;
const CLEAN = [
  [6, 13, 20],
  [12, 27, 42],
];

beforeEach(() => {
  x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  pg = new PatchableGraph(new ToyModel(), [x]);
});

it('[P1] a view runs with its patches, the graph without, and views compose', async () => {
  const view = pg.patch({ 'linear.matMul': new ZeroPatch({ slice: ':, 0' }) });
  expect(await view.apply(x).array()).toEqual([
    [1, 13, 20],
    [1, 27, 42],
  ]);
  expect(await pg.apply(x).array()).toEqual(CLEAN);
  const more = view.patch({ 'linear.matMul': new AddPatch({ value: 100, slice: [0, all] }) });
  expect(await more.apply(x).array()).toEqual([
    [101, 113, 120],
    [1, 27, 42],
  ]);
});

it('[P1] scoped patches nest, end with their scope, also by an exception, and refuse promises', async () => {
  const zero = { 'linear.matMul': new ZeroPatch() };
  const inside = pg.patch(zero, () => pg.patch({ output: new AddPatch({ value: 1 }) }, () => pg.apply(x)));
  expect(await inside.array()).toEqual([
    [2, 3, 4],
    [2, 3, 4],
  ]);
  expect(() =>
    pg.patch(zero, () => {
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(() => pg.patch(zero, async () => 1)).toThrow(/view that patch\(map\) returns/);
  expect(await pg.apply(x).array()).toEqual(CLEAN);
});

it('[P2] replace, add, custom, probe and record do what they say, in order', async () => {
  const probe = new ProbePatch();
  const record = new RecordPatch();
  const view = pg.patch({
    x: [new ReplacePatch({ value: [[1, 0]], slice: '0:1' }), probe],
    'linear.bias': new CustomPatch({ op: (bias) => bias.mul(2) }),
    output: record,
  });
  expect(await view.apply(x).array()).toEqual([
    [3, 7, 11],
    [13, 29, 45],
  ]);
  expect(await probe.activation?.array()).toEqual([
    [1, 0],
    [3, 4],
  ]);
  tf.dispose(view.apply(x));
  expect(record.activations.length).toBe(2);
  probe.dispose();
  record.dispose();
  expect(probe.activation).toBeNull();
});

it('[P4] slices in array and string form mean the same', async () => {
  const text = pg.patch({ output: new ReplacePatch({ value: [7, 8], slice: '-1, 1:3' }) });
  const array = pg.patch({ output: new ReplacePatch({ value: [7, 8], slice: [-1, range(1, 3)] }) });
  const expected = [
    [6, 13, 20],
    [12, 7, 8],
  ];
  expect(await text.apply(x).array()).toEqual(expected);
  expect(await array.apply(x).array()).toEqual(expected);
});

it('[P3] weights and inputs are unchanged, also after an exception in a patch', async () => {
  const weights = await pg.module.linear.weight.array();
  const broken = pg.patch({
    'linear.weight': [
      new ZeroPatch(),
      new CustomPatch({
        op: () => {
          throw new Error('broken');
        },
      }),
    ],
  });
  const before = tf.memory().numTensors;
  expect(() => broken.apply(x)).toThrow('broken');
  expect(tf.memory().numTensors).toBe(before);
  expect(await pg.module.linear.weight.array()).toEqual(weights);
  expect(await x.array()).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

it('[P5] what does not fit is an error before anything runs, naming the path', () => {
  let ran = false;
  const first = {
    x: new CustomPatch({
      op: (value) => {
        ran = true;
        return value;
      },
    }),
  };
  const attempt = (path: string, patch: unknown) => () =>
    pg
      .patch(first)
      .patch({ [path]: patch as ZeroPatch })
      .apply(x);
  expect(attempt('linear.matmul', new ZeroPatch())).toThrow(
    /no node 'linear\.matmul'\. Close to it: linear\.matMul/,
  );
  expect(attempt('linear', new ZeroPatch())).toThrow(NodePathError);
  expect(attempt('linear', new ZeroPatch())).toThrow(
    /is a graph; patch a tensor in it, such as linear\.input/,
  );
  expect(attempt('output', new ZeroPatch({ slice: ':, 5' }))).toThrow(SliceError);
  expect(attempt('output', new ZeroPatch({ slice: ':, 5' }))).toThrow(/^At 'output': /);
  expect(attempt('output', new AddPatch({ value: [1, 2] }))).toThrow(/\[2\].*\[2, 3\]/);
  expect(attempt('output', 5)).toThrow(PatchError);
  expect(ran).toBe(false);
  const bool = { shape: [2], dtype: 'bool' };
  expect(() => new AddPatch({ value: 1 }).check(bool)).toThrow(/added to bool/);
  const zoo = new PatchableGraph(new ToyZoo(), [x]);
  expect(() => zoo.patch({ output: new ZeroPatch() }).apply(x)).toThrow(
    /structured value.*output\|parts\.sub_0/,
  );
});

it('[G4] [T5] patches parts of structured values and single calls of a shared module', async () => {
  const zoo = new PatchableGraph(new ToyZoo(), [x]);
  const clean = zoo.apply(x);
  const patched = zoo
    .patch({
      'split|sub_0': new ZeroPatch(),
      'shared_1.weight': new ZeroPatch(),
      'output|nested.tied': new AddPatch({ value: 1 }),
    })
    .apply(x);
  const cleanRight = clean.parts[1] as tf.Tensor;
  expect(await (patched.parts[0] as tf.Tensor).max().array()).toBe(0);
  expect(await (patched.parts[1] as tf.Tensor).array()).toEqual(await cleanRight.array());
  const { again } = clean.nested;
  const bias = zoo.module.shared.bias;
  expect(await patched.nested.again.array()).toEqual(await again.div(2).add(bias).array());
  expect(await patched.nested.tied.array()).toEqual(await clean.nested.tied.add(1).array());
});

it('[P7] gradients flow through a patched view to inputs, parameters and patch values', async () => {
  const { weight } = pg.module.linear;
  const value = tf.variable(tf.tensor1d([1, 2, 3]));
  const loss = (): tf.Scalar =>
    pg
      .patch({ 'linear.matMul': new AddPatch({ value }) })
      .apply(x)
      .square()
      .sum();
  const plain = (): tf.Scalar => pg.module.apply(x).add(value).square().sum();
  const ours = tf.variableGrads(loss, [value, weight as tf.Variable]).grads;
  const reference = tf.variableGrads(plain, [value, weight as tf.Variable]).grads;
  for (const name of Object.keys(reference)) {
    expect(await ours[name]?.array()).toEqual(await reference[name]?.array());
  }
  const inputGradient = tf.grad((input) =>
    pg
      .patch({ output: new ZeroPatch({ slice: ':, 0' }) })
      .apply(input as tf.Tensor2D)
      .sum(),
  )(x);
  expect(await inputGradient.array()).toEqual([
    [8, 10],
    [8, 10],
  ]);
});

it('[P8] patched runs leave the tensor count where it was', () => {
  const view = pg.patch({
    'linear.weight': new ZeroPatch({ slice: '0' }),
    'linear.matMul': new AddPatch({ value: [1, 2, 3], slice: '1' }),
    output: new CustomPatch({ op: (value) => value, requiresClone: true }),
  });
  tf.dispose(view.apply(x));
  const before = tf.memory().numTensors;
  for (let run = 0; run < 50; run += 1) tf.dispose(view.apply(x));
  expect(tf.memory().numTensors).toBe(before);
});

it('[R2] a patched run from a kept one recomputes only what is downstream, with equal results', async () => {
  const zoo = new PatchableGraph(new ToyZoo(), [x]);
  const before = tf.memory().numTensors;
  const clean = await zoo.record([x]);
  const map = { twice: new AddPatch({ value: 1, slice: '0' }) };
  const patched = clean.patch(map);
  const full = zoo.patch(map).apply(x);
  const { nested } = patched.output as ReturnType<ToyZoo['forward']>;
  expect(await nested.masked.array()).toEqual(await full.nested.masked.array());
  expect(await nested.again.array()).toEqual(await full.nested.again.array());
  expect(patched.kernelCount).toBeLessThan(clean.kernelCount / 2);
  expect(patched.changed).toContain('masked');
  expect(patched.changed).not.toContain('add_1');
  expect(await patched.value('stack').array()).toEqual(await clean.value('stack').array());
  patched.dispose();
  clean.dispose();
  tf.dispose(full);
  expect(tf.memory().numTensors).toBe(before);
});

it('[T3] [P5] a longer input is traced again, and slices are checked against its shapes', async () => {
  const long = counting(5, 2) as tf.Tensor2D;
  const view = pg.patch({ output: new ZeroPatch({ slice: '4' }) });
  expect(() => view.apply(x)).toThrow(SliceError);
  const result = (await view.apply(long).array()) as number[][];
  expect(result[4]).toEqual([0, 0, 0]);
});

it('[P5] numbers that the dtype cannot hold are an error', () => {
  const check = (dtype: string, value: number) => () =>
    new ReplacePatch({ value }).check({ shape: [2], dtype });
  expect(check('int32', 1.5)).toThrow('A tensor of int32 cannot hold 1.5.');
  expect(check('bool', 2)).toThrow(PatchError);
  expect(check('float32', 1e39)).toThrow(PatchError);
  for (const allowed of [check('int32', -3), check('bool', 1), check('float32', Number.NEGATIVE_INFINITY)]) {
    expect(allowed).not.toThrow();
  }
});
