import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { CheckpointError, InputError } from '../../src/errors.js';
import type { Module } from '../../src/module/module.js';
import {
  activationNamed,
  Dropout,
  GELU,
  GELUTanh,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Tanh,
} from '../../src/nn/activations.js';
import { BatchNorm2d } from '../../src/nn/batch-norm.js';
import { Conv2d } from '../../src/nn/conv.js';
import { Embedding } from '../../src/nn/embedding.js';
import { Conv1D, Linear } from '../../src/nn/linear.js';
import { LayerNorm, RMSNorm } from '../../src/nn/norm.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { goldenJson } from '../support/golden.js';

interface Values {
  shape: number[];
  values: tf.TensorLike;
}

interface LayerCase {
  layer: keyof typeof LAYERS;
  arguments: never[];
  state: Record<string, Values>;
  input: string;
  output: Values;
}

interface Golden {
  inputs: (Values & { name: string })[];
  cases: LayerCase[];
  activations: { activation: string; input: string; output: Values }[];
  gradients: (LayerCase & { gradients: Record<string, Values> })[];
}

const LAYERS = {
  BatchNorm2d,
  Conv1D,
  Conv2d,
  Dropout,
  Embedding,
  GELU,
  LayerNorm,
  Linear,
  ReLU,
  RMSNorm,
  Sigmoid,
  SiLU,
  Softmax,
  Tanh,
};

let backend: string;
let golden: Golden;

beforeAll(async () => {
  backend = await useBackend();
  golden = await goldenJson<Golden>('layers.json');
});

function tensorOf({ values, shape }: Values, dtype: tf.DataType = 'float32'): tf.Tensor {
  return tf.tensor(values, shape, dtype);
}

/** The layer of a case with its state, and its input. */
function prepared({ layer, arguments: given, state, input }: LayerCase): {
  module: Module;
  input: tf.Tensor;
} {
  const module: Module = Reflect.construct(LAYERS[layer], given);
  const own = module.stateDict();
  const tensors = Object.entries(state).map(
    ([key, each]) => [key, tensorOf(each, own.get(key)?.dtype)] as const,
  );
  module.loadStateDict(new Map(tensors));
  return { module, input: inputNamed(input, layer === 'Embedding' ? 'int32' : 'float32') };
}

function inputNamed(name: string, dtype?: tf.DataType): tf.Tensor {
  return tensorOf(golden.inputs.find((input) => input.name === name) as Values, dtype);
}

function run(module: Module, input: tf.Tensor): tf.Tensor {
  return module.apply(...([input] as never[])) as tf.Tensor;
}

async function expectClose(actual: tf.Tensor, expected: Values, what: string): Promise<void> {
  expect(actual.shape, what).toEqual(expected.shape);
  const numbers = await tensorOf(expected).data();
  (await actual.data()).forEach((value, i) => {
    const wanted = numbers[i] as number;
    const error = Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
    expect(error, `${what} at ${i}: ${value} for ${wanted}`).toBeLessThan(1e-5);
  });
}

it("[M6] layers compute what PyTorch's compute, with every option", async () => {
  expect(new Set(golden.cases.map(({ layer }) => layer))).toEqual(new Set(Object.keys(LAYERS)));
  for (const each of golden.cases) {
    const { module, input } = prepared(each);
    expect([...module.stateDict().keys()]).toEqual(Object.keys(each.state));
    await expectClose(run(module, input), each.output, `${each.layer}(${JSON.stringify(each.arguments)})`);
  }
});

it('[M6] [T2] traced layers compute the same, and leave no tensors behind', async () => {
  for (const each of golden.cases) {
    const { module, input } = prepared(each);
    const pg = new PatchableGraph(module, [input] as never[]);
    const before = tf.memory().numTensors;
    const result = pg.apply(...([input] as never[])) as tf.Tensor;
    expect(tf.memory().numTensors, each.layer).toBe(before + 1);
    await expectClose(result, each.output, `traced ${each.layer}`);
  }
});

it('[M6] [P7] gradients of convolutions and batch norms are those of PyTorch, where tfjs has the kernels', async () => {
  for (const each of golden.gradients) {
    const { module, input } = prepared(each);
    const variables = [...module.namedParameters().values()];
    const loss = (x: tf.Tensor) => run(module, x).square().sum() as tf.Scalar;
    const what = `gradient of ${each.layer}(${JSON.stringify(each.arguments)})`;
    if (backend === 'wasm' && each.layer === 'Conv2d') {
      expect(() => tf.variableGrads(() => loss(input), variables), what).toThrow(
        /not registered for backend 'wasm'/,
      );
      continue;
    }
    await expectClose(tf.grad(loss)(input), each.gradients.input as Values, `${what}, input`);
    const { grads } = tf.variableGrads(() => loss(input), variables);
    for (const [name, variable] of module.namedParameters()) {
      await expectClose(
        grads[variable.name] as tf.Tensor,
        each.gradients[name] as Values,
        `${what}, ${name}`,
      );
    }
  }
});

it('[M6] a convolution is made of ops, each a node, with names as in PyTorch', () => {
  const pg = new PatchableGraph(new Conv2d(2, 3, 3, { padding: 1 }), [tf.ones([1, 2, 4, 4])]);
  expect(String(pg.graph)).toBe(
    `
<root>: Graph(9)
├─input: Tensor(1, 2, 4, 4)
├─weight: Tensor(3, 2, 3, 3)
├─bias: Tensor(3)
├─transpose: Tensor(1, 4, 4, 2)
├─transpose_1: Tensor(3, 3, 2, 3)
├─conv2d: Tensor(1, 4, 4, 3)
├─add: Tensor(1, 4, 4, 3)
├─transpose_2: Tensor(1, 3, 4, 4)
└─output: Tensor(1, 3, 4, 4)`.trim(),
  );
});

it('[M6] activations that configs name compute what those of transformers compute; others are refused', async () => {
  for (const { activation, input, output } of golden.activations)
    await expectClose(run(activationNamed(activation), inputNamed(input)), output, activation);
  const names = golden.activations.map(({ activation }) => activation).join(', ');
  expect(() => activationNamed('gelu_10')).toThrow(CheckpointError);
  expect(() => activationNamed('gelu_10')).toThrow(`'gelu_10' is not supported; ${names} are.`);
});

it('[M6] GELUTanh is GELU with approximate tanh', async () => {
  const x = tf.linspace(-6, 6, 25);
  const exact = await new GELU().apply(x).data();
  const approximate = await new GELUTanh().apply(x).data();
  expect(approximate).toEqual(await new GELU({ approximate: 'tanh' }).apply(x).data());
  expect(approximate).not.toEqual(exact);
});

it('[M6] new layers have parameters in the ranges that PyTorch draws from', async () => {
  const { weight, bias } = new Conv2d(4, 32, [3, 2], { groups: 2 });
  const bound = 1 / Math.sqrt(2 * 3 * 2);
  for (const variable of [weight, bias as tf.Variable]) {
    const largest = Math.max(...(await variable.abs().data()));
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(bound * 0.7);
  }
  const norm = new BatchNorm2d(2);
  const values = await Promise.all([...norm.stateDict().values()].map((variable) => variable.array()));
  expect(values).toEqual([[1, 1], [0, 0], [0, 0], [1, 1], 0]);
  expect([...norm.namedParameters().keys()]).toEqual(['weight', 'bias']);
  expect(norm.num_batches_tracked?.dtype).toBe('int32');
});

it.each<[string, () => unknown, string]>([
  [
    'groups',
    () => new Conv2d(4, 6, 3, { groups: 3 }),
    'groups must divide inChannels and outChannels, but is 3 for 4 and 6',
  ],
  [
    'kernel',
    () => new Conv2d(1, 1, 0),
    'kernelSize must be a whole number of at least 1 or a pair of them, but is 0',
  ],
  ['stride', () => new Conv2d(1, 1, 1, { stride: [1, 1.5] }), 'stride must be a whole number'],
  ['padding', () => new Conv2d(1, 1, 1, { padding: -1 }), 'padding must be a whole number of at least 0'],
  [
    'same',
    () => new Conv2d(1, 1, 3, { padding: 'same', stride: 2 }),
    "padding 'same' needs stride 1, but it is 2, 2",
  ],
  [
    'channels',
    () => new Conv2d(2, 1, 1).apply(tf.ones([1, 3, 4, 4])),
    'expects [batch, 2, height, width], but got [1, 3, 4, 4]',
  ],
  [
    'size',
    () => new Conv2d(1, 1, 3).apply(tf.ones([1, 1, 4, 2])),
    'The kernel reaches over 3 in width, but the padded input has 2',
  ],
  [
    'dilated size',
    () => new Conv2d(1, 1, 3, { dilation: 2 }).apply(tf.ones([1, 1, 4, 9])),
    'reaches over 5 in height',
  ],
  [
    'features',
    () => new BatchNorm2d(2).apply(tf.ones([1, 1, 4, 4])),
    'expects [batch, 2, height, width], but got [1, 1, 4, 4]',
  ],
  [
    'norm',
    () => new LayerNorm(4).apply(tf.ones([2, 1])),
    'over axes of sizes [4] got an input of shape [2, 1]',
  ],
  [
    'norm axes',
    () => new RMSNorm([2, 4]).apply(tf.ones([4, 4])),
    'over axes of sizes [2, 4] got an input of shape [4, 4]',
  ],
  ['axis', () => new Softmax(2).apply(tf.ones([4, 4])), 'Softmax over axis 2 got an input of shape [4, 4]'],
])('[M6] wrong settings and inputs are refused in words: %s', (_, fail, message) => {
  expect(fail).toThrow(InputError);
  expect(fail).toThrow(message);
});
