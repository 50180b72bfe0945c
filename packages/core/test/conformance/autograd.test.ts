import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { parameter } from '../../src/module/tensors.js';
import type { Patch } from '../../src/patch/patch.js';
import { AddPatch, ProbePatch, RecordPatch, ReplacePatch } from '../../src/patch/patches.js';
import { NoisePatch } from '../../src/patch/statistical-patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { goldenJson } from '../support/golden.js';
import {
  type GradientCase,
  type GradientCases,
  GradientNet,
  gradientError,
  patchOf,
  tensorOf,
} from '../support/gradients.js';

const TOLERANCE = 2e-5;
const STEPS = 40;

let golden: GradientCases;
let net: GradientNet;
let x: tf.Tensor;
let graph: PatchableGraph<GradientNet>;
let tensorsBefore: number;

beforeAll(async () => {
  await useBackend();
  golden = await goldenJson<GradientCases>('gradients.json');
});

beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
  net = new GradientNet();
  const parameters = Object.entries(golden.parameters).map(([key, each]) => [key, tensorOf(each)] as const);
  net.loadStateDict(new Map(parameters));
  tf.dispose(parameters.map(([, tensor]) => tensor));
  x = tensorOf(golden.x);
  graph = new PatchableGraph(net, [x]);
});

afterEach(() => {
  graph.dispose();
  net.dispose();
  x.dispose();
  expect(tf.memory().numTensors, 'tensors that are left').toBe(tensorsBefore);
});

type Run = (input: tf.Tensor) => tf.Tensor;

const lossOf = (run: Run, input: tf.Tensor): tf.Scalar => run(input).square().mean().asScalar();

/** The golden patches in order, with a variable in place of each value (of a scalar 0 for none). */
function placed({ patches }: GradientCase) {
  return patches.map((each) => {
    const value = parameter(tensorOf(each.value));
    return { path: each.path, patch: patchOf(each, value), value, gradient: each.gradient };
  });
}

/** Compares the loss and all gradients of a case with the golden ones. */
async function expectGradients(
  run: Run,
  expected: GradientCase,
  values: readonly { value: tf.Variable; gradient: GradientCase['input'] }[],
): Promise<void> {
  const parameters = [...net.namedParameters()].map(([name, value]) => ({
    name,
    value,
    gradient: expected.parameters[name] ?? null,
  }));
  const wanted = [...parameters, ...values.map((each, i) => ({ name: `value ${i}`, ...each }))];
  const { value: loss, grads } = tf.variableGrads(
    () => lossOf(run, x),
    wanted.map(({ value }) => value),
  );
  expect(Math.abs(((await loss.data())[0] as number) - expected.loss), expected.name).toBeLessThan(TOLERANCE);
  for (const { name, value, gradient } of wanted) {
    const error = await gradientError(grads[value.name], gradient);
    expect(error, `${expected.name}: ${name}`).toBeLessThan(TOLERANCE);
  }
  tf.dispose([loss, grads]);
  // tf.grad throws where the loss does not depend on the input.
  if (expected.input === null) return;
  const input = tf.grad((given) => lossOf(run, given))(x);
  expect(await gradientError(input, expected.input), `${expected.name}: x`).toBeLessThan(TOLERANCE);
  input.dispose();
}

it("[P7] gradients to the input, parameters and values through every kind of patch are PyTorch's", async () => {
  expect(golden.cases.length).toBeGreaterThan(15);
  for (const each of golden.cases) {
    const patches = placed(each);
    const map = new Map<string, Patch[]>();
    for (const { path, patch } of patches) map.set(path, [...(map.get(path) ?? []), patch]);
    const view = graph.patch(map);
    await expectGradients((input) => view.apply(input), each, patches);
    tf.dispose(patches.map(({ value }) => value));
  }
});

it('[P7] [P1] and through views of views, and scopes in scopes', async () => {
  for (const each of golden.cases.filter(({ name }) => name.startsWith('several'))) {
    const patches = placed(each);
    const view = patches.reduce((outer, { path, patch }) => outer.patch({ [path]: patch }), graph.patch({}));
    await expectGradients((input) => view.apply(input), each, patches);
    const inScopes = (input: tf.Tensor, [first, ...rest]: typeof patches): tf.Tensor =>
      first === undefined
        ? graph.apply(input)
        : graph.patch({ [first.path]: first.patch }, () => inScopes(input, rest));
    await expectGradients((input) => inScopes(input, patches), each, patches);
    tf.dispose(patches.map(({ value }) => value));
  }
});

it('[P7] [T8] and where modules run by themselves', async () => {
  const opaque = new PatchableGraph(net, [x], { skipCompilation: true });
  const reachable = golden.cases.filter(({ patches }) => patches.every(({ path }) => path !== 'hidden'));
  for (const each of reachable) {
    const patches = placed(each);
    const view = opaque.patch(new Map(patches.map(({ path, patch }) => [path, patch])));
    await expectGradients((input) => view.apply(input), each, patches);
    tf.dispose(patches.map(({ value }) => value));
  }
  opaque.dispose();
});

it('[P7] [P2] probes change no gradient, and noise is like the addition of what it added', async () => {
  const [plain] = golden.cases as [GradientCase];
  const probe = new ProbePatch();
  const record = new RecordPatch();
  const probed = graph.patch({ hidden: [probe, record], 'up.weight': probe });
  await expectGradients((input) => probed.apply(input), plain, []);
  expect(record.activations.length).toBe(2);

  const zero = tf.scalar(0);
  const before = new ProbePatch();
  const after = new ProbePatch();
  const noise = new NoisePatch({ std: 0.5, seed: 3, slice: '..., 1:4' });
  const noisy = graph.patch({ hidden: [before, noise, after] });
  const gradientOf = (run: Run) => tf.grad((given) => lossOf(run, given))(x);
  const actual = gradientOf((input) => noisy.apply(input));
  const value = tf.sub(after.activation as tf.Tensor, before.activation as tf.Tensor);
  const added = graph.patch({ hidden: new AddPatch({ value }) });
  const expected = gradientOf((input) => added.apply(input));
  expect(await largestDifference(value, zero)).toBeGreaterThan(0.1);
  expect(await largestDifference(actual, expected)).toBeLessThan(TOLERANCE);
  tf.dispose([actual, expected, value, zero]);
  for (const each of [probe, record, before, after]) each.dispose();
});

it('[P7] [P4] of a position that is listed twice, the last value gets the gradient', async () => {
  const value = parameter(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]));
  const scale = tf.tensor1d([1, 10, 100]);
  const replace = graph.patch({ output: new ReplacePatch({ value, slice: '1, [0, 0]' }) });
  const { value: loss, grads } = tf.variableGrads(
    () => replace.apply(x).mul(scale).sum().asScalar(),
    [value],
  );
  expect(await grads[value.name]?.array()).toEqual([
    [0, 0, 0],
    [1, 10, 100],
  ]);
  tf.dispose([value, scale, loss, grads]);
});

it('[P7] Adam finds a patch value through a view as it does without the graph', async () => {
  const target = tf.tensor1d([1, -2, 0.5]);
  const isPatched = tf.tensor3d([0, 0, 0, 0, 1, 0], [2, 3, 1]);
  const search = async (run: (delta: tf.Variable) => tf.Tensor) => {
    const optimizer = tf.train.adam(0.5, 0.5, 0.95);
    const delta = parameter(tf.zeros([5]));
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      const loss = optimizer.minimize(
        () => run(delta).slice([1, 1, 0], [1, 1, 3]).flatten().sub(target).square().mean().asScalar(),
        true,
        [delta],
      ) as tf.Scalar;
      losses.push((await loss.data())[0] as number);
      loss.dispose();
    }
    const found = [...(await delta.data())];
    optimizer.dispose();
    delta.dispose();
    return { losses, found };
  };
  const ours = await search((value) =>
    graph.patch({ 'norm.output': new AddPatch({ value, slice: '1, 1' }) }).apply(x),
  );
  const plain = await search((delta) => {
    const hidden = net.norm.apply(net.up.apply(x).tanh());
    return net.down.apply(hidden.add(isPatched.mul(delta)));
  });
  expect(ours.losses[0]).toBeGreaterThan(1);
  expect(ours.losses.at(-1)).toBeLessThan(1e-6);
  for (const key of ['losses', 'found'] as const) {
    ours[key].forEach((each, i) => {
      expect(Math.abs(each - (plain[key][i] as number)), `${key} ${i}`).toBeLessThan(1e-5);
    });
  }
  tf.dispose([target, isPatched]);
});

async function largestDifference(a: tf.Tensor, b: tf.Tensor): Promise<number> {
  const most = tf.tidy(() => a.sub(b).abs().max());
  const [value = Number.NaN] = await most.data();
  most.dispose();
  return value;
}
