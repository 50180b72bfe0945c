import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { ScalePatch } from '../../src/patch/statistical-patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { layersFiles, loadTensorModel, mostDifferent } from '../support/tfjs-models.js';

const { layers } = tf;

/** A model, and inputs of two sizes for it. */
interface Case {
  model(): tf.LayersModel;
  inputs(batch: number): tf.Tensor[];
  /** True where tfjs itself cannot: it transposes masks, which its WebGPU backend has no program for. */
  isNotOnGpu?: true;
}

/** Numbers that differ and are the same each time. */
function numbers(shape: number[]): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => Math.sin(i * 1.7)),
    shape,
  );
}

function ids(shape: number[]): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => (i * 3) % 5),
    shape,
    'float32',
  );
}

function recurrent(maskZero: boolean): tf.LayersModel {
  return tf.sequential({
    layers: [
      layers.embedding({ inputDim: 5, outputDim: 3, maskZero, inputLength: 4, name: 'embed' }),
      layers.lstm({ units: 3, returnSequences: true, name: 'lstm' }),
      layers.bidirectional({
        layer: layers.gru({ units: 2, returnSequences: true }) as never,
        mergeMode: 'concat',
        name: 'both',
      }),
      layers.timeDistributed({ layer: layers.dense({ units: 2, name: 'each' }), name: 'steps' }),
      layers.simpleRNN({ units: 2, name: 'last' }),
    ],
  });
}

const cases: Record<string, Case> = {
  'dense layers and dropout': {
    model: () =>
      tf.sequential({
        layers: [
          layers.dense({ units: 4, inputShape: [3], activation: 'relu', name: 'up' }),
          layers.dropout({ rate: 0.5, name: 'drop' }),
          layers.dense({ units: 2, activation: 'softmax', name: 'down' }),
        ],
      }),
    inputs: (batch) => [numbers([batch, 3])],
  },
  'convolutions, normalisation and pooling': {
    model: () =>
      tf.sequential({
        layers: [
          layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [null, null, 2], name: 'conv' }),
          layers.batchNormalization({ name: 'norm' }),
          layers.reLU({ maxValue: 6, name: 'relu' }),
          layers.depthwiseConv2d({ kernelSize: 2, padding: 'same', name: 'depth' }),
          layers.maxPooling2d({ poolSize: 2, name: 'pool' }),
          layers.upSampling2d({ name: 'up' }),
          layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2, name: 'transpose' }),
          layers.globalAveragePooling2d({ name: 'mean' }),
          layers.layerNormalization({ name: 'scaled' }),
        ],
      }),
    inputs: (batch) => [numbers([batch, 6 + 2 * batch, 8, 2])],
  },
  'branches, several inputs and outputs, and a shared layer': {
    model: () => {
      const left = tf.input({ shape: [3], name: 'left' });
      const right = tf.input({ shape: [3], name: 'right' });
      const shared = layers.dense({ units: 4, name: 'shared' });
      const [a, b] = [shared.apply(left), shared.apply(right)] as tf.SymbolicTensor[];
      const sum = layers.add({ name: 'sum' }).apply([a, b] as tf.SymbolicTensor[]) as tf.SymbolicTensor;
      const both = layers.concatenate({ name: 'both' }).apply([sum, left]) as tf.SymbolicTensor;
      const head = layers.dense({ units: 2, name: 'head' }).apply(both) as tf.SymbolicTensor;
      return tf.model({ inputs: [left, right], outputs: [head, sum] });
    },
    inputs: (batch) => [numbers([batch, 3]), numbers([batch, 3])],
  },
  'models in models': {
    model: () => {
      const inner = tf.sequential({
        name: 'inner',
        layers: [layers.dense({ units: 3, inputShape: [3], activation: 'tanh', name: 'a/b.c' })],
      });
      const input = tf.input({ shape: [3], name: 'x' });
      const once = inner.apply(input) as tf.SymbolicTensor;
      const twice = inner.apply(once) as tf.SymbolicTensor;
      return tf.model({
        inputs: input,
        outputs: layers.dense({ units: 1, name: 'end' }).apply(twice) as tf.SymbolicTensor,
      });
    },
    inputs: (batch) => [numbers([batch, 3])],
  },
  'a recurrent layer': {
    model: () =>
      tf.sequential({
        layers: [layers.gru({ units: 2, inputShape: [2, 2], name: 'gru' })],
      }),
    inputs: (batch) => [numbers([batch, 2, 2])],
  },
  'recurrent layers with masks': {
    model: () => recurrent(true),
    inputs: (batch) => [ids([batch, 4])],
    isNotOnGpu: true,
  },
  'no names given': {
    model: () =>
      tf.sequential({ layers: [layers.dense({ units: 2, inputShape: [2, 2] }), layers.flatten()] }),
    inputs: (batch) => [numbers([batch, 2, 2])],
  },
};

let tolerance = 0;

beforeAll(async () => {
  // The same kernels in the same order give the same bits, but on a GPU.
  tolerance = (await useBackend()) === 'webgpu' ? 1e-4 : 0;
});

async function loaded(model: tf.LayersModel) {
  return loadTensorModel(await layersFiles(model));
}

describe('a layers model of tfjs computes what tfjs computes', () => {
  for (const [name, { model: make, inputs: makeInputs, isNotOnGpu }] of Object.entries(cases)) {
    if (isNotOnGpu === true && inject('backend') === 'webgpu') continue;
    it(`[T2] ${name}`, async () => {
      const reference = make();
      randomise(reference);
      const before = tf.memory().numTensors;
      const model = await loaded(reference);
      expect(tf.memory().numTensors).toBe(before + model.stateDict().size);
      const example = makeInputs(1);
      const graph = new PatchableGraph(model, example, { errorOnCompilationFailure: true });
      for (const inputs of [example, makeInputs(2)]) {
        const expected = reference.predict(inputs) as tf.Tensor | tf.Tensor[];
        const actual = graph.apply(...inputs);
        expect(await mostDifferent(actual, expected)).toBeLessThanOrEqual(tolerance);
        tf.dispose([actual as never, expected, inputs]);
      }
      graph.dispose();
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
      reference.dispose();
    });

    it(`[S2] saved as a graph: ${name}`, async () => {
      const reference = make();
      const model = await loaded(reference);
      const inputs = makeInputs(1);
      const graph = new PatchableGraph(model, inputs);
      const again = await PatchableGraph.load(await graph.save());
      expect(String(again.graph)).toBe(String(graph.graph));
      const [actual, expected] = [again.apply(...(inputs as never[])), graph.apply(...inputs)];
      expect(await mostDifferent(actual, expected)).toBeLessThanOrEqual(tolerance);
      tf.dispose([actual as never, expected as never, inputs]);
      again.module.dispose();
      again.dispose();
      graph.dispose();
      model.dispose();
      reference.dispose();
    });
  }
});

/** Moves the weights away from the zeros and ones that some begin with. */
function randomise(model: tf.LayersModel): void {
  tf.tidy(() => {
    model.setWeights(
      model.getWeights().map((weight, i) =>
        numbers(weight.shape)
          .mul(0.5)
          .add(0.1 + i / 50)
          .abs(),
      ),
    );
  });
}

it('[T4] names what layers hold and do', async () => {
  const reference = (cases['branches, several inputs and outputs, and a shared layer'] as Case).model();
  const model = await loaded(reference);
  const inputs = [numbers([1, 3]), numbers([1, 3])];
  const graph = new PatchableGraph(model, inputs);
  expect(String(graph.graph).split('\n')).toEqual([
    '<root>: Graph(8)',
    '├─left: Tensor(1, 3)',
    '├─right: Tensor(1, 3)',
    '├─shared_0: Graph(5)',
    '│ ├─input: Tensor(1, 3)',
    '│ ├─kernel: Tensor(3, 4)',
    '│ ├─bias: Tensor(4)',
    '│ ├─fusedMatMul: Tensor(1, 4)',
    '│ └─output: Tensor(1, 4)',
    '├─shared_1: Graph(5)',
    '│ ├─input: Tensor(1, 3)',
    '│ ├─kernel: Tensor(3, 4)',
    '│ ├─bias: Tensor(4)',
    '│ ├─fusedMatMul: Tensor(1, 4)',
    '│ └─output: Tensor(1, 4)',
    '├─sum: Graph(4)',
    '│ ├─input: array(2)',
    '│ │ ├─sub_0: Tensor(1, 4)',
    '│ │ └─sub_1: Tensor(1, 4)',
    '│ ├─clone: Tensor(1, 4)',
    '│ ├─add: Tensor(1, 4)',
    '│ └─output: Tensor(1, 4)',
    '├─both: Graph(3)',
    '│ ├─input: array(2)',
    '│ │ ├─sub_0: Tensor(1, 4)',
    '│ │ └─sub_1: Tensor(1, 3)',
    '│ ├─concat: Tensor(1, 7)',
    '│ └─output: Tensor(1, 7)',
    '├─head: Graph(5)',
    '│ ├─input: Tensor(1, 7)',
    '│ ├─kernel: Tensor(7, 2)',
    '│ ├─bias: Tensor(2)',
    '│ ├─fusedMatMul: Tensor(1, 2)',
    '│ └─output: Tensor(1, 2)',
    '└─output: object(2)',
    '  ├─head: Tensor(1, 2)',
    '  └─sum: Tensor(1, 4)',
  ]);
  expect(String(graph.graph._code)).toContain('const shared_1 = this.shared.apply(left);');
  tf.dispose(inputs);
  graph.dispose();
  model.dispose();
  reference.dispose();
});

it('[T5] a cell of a recurrent layer is called once for each step; layers in layers are submodules', async () => {
  const reference = recurrent(false);
  const model = await loaded(reference);
  expect([...model.namedModules().keys()]).toEqual([
    '',
    'embed',
    'lstm',
    'lstm.cell',
    'both',
    'both.forwardLayer',
    'both.forwardLayer.cell',
    'both.backwardLayer',
    'both.backwardLayer.cell',
    'steps',
    'steps.layer',
    'last',
    'last.cell',
  ]);
  expect([...model.namedParameters().keys()].slice(0, 4)).toEqual([
    'embed.embeddings',
    'lstm.cell.kernel',
    'lstm.cell.recurrent_kernel',
    'lstm.cell.bias',
  ]);
  const inputs = [ids([1, 4])];
  const graph = new PatchableGraph(model, inputs);
  expect(graph.match('lstm.cell_*')).toEqual(['lstm.cell_0', 'lstm.cell_1', 'lstm.cell_2', 'lstm.cell_3']);
  tf.dispose(inputs);
  graph.dispose();
  model.dispose();
  reference.dispose();
});

describe('patches', () => {
  const make = () =>
    tf.sequential({
      layers: [
        layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 2], name: 'conv' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ units: 2, name: 'end' }),
      ],
    });

  /** The model with another output of `conv`, computed layer by layer. */
  function byHand(
    reference: tf.LayersModel,
    x: tf.Tensor,
    change: (hidden: tf.Tensor) => tf.Tensor,
  ): tf.Tensor {
    const [conv, flat, end] = reference.layers as [tf.layers.Layer, tf.layers.Layer, tf.layers.Layer];
    return tf.tidy(() => end.apply(flat.apply(change(conv.apply(x) as tf.Tensor))) as tf.Tensor);
  }

  it('[P2] on what a layer computes', async () => {
    const reference = make();
    const model = await loaded(reference);
    const x = numbers([1, 6, 6, 2]);
    const graph = new PatchableGraph(model, [x]);
    const actual = graph.patch({ 'conv.output': new ZeroPatch({ slice: '..., 1' }) }).apply(x);
    const mask = tf.tensor1d([1, 0, 1]);
    const expected = byHand(reference, x, (hidden) => hidden.mul(mask));
    expect(await mostDifferent(actual, expected)).toBeLessThanOrEqual(tolerance);
    tf.dispose([x, mask, actual as tf.Tensor, expected]);
    graph.dispose();
    model.dispose();
    reference.dispose();
  });

  it('[P2] on the weights of a layer, also where it runs by itself', async () => {
    const reference = make();
    const files = await layersFiles(reference);
    const x = numbers([1, 6, 6, 2]);
    const kernel = numbers([3, 3, 2, 3]);
    const [, bias] = (reference.layers[0] as tf.layers.Layer).getWeights();
    (reference.layers[0] as tf.layers.Layer).setWeights([kernel, bias as tf.Tensor]);
    const expected = reference.predict(x) as tf.Tensor;
    for (const skipCompilation of [false, true]) {
      const model = await loadTensorModel(files);
      const graph = new PatchableGraph(model, [x], { skipCompilation });
      const actual = graph.patch({ 'conv.kernel': new ReplacePatch({ value: kernel }) }).apply(x);
      expect(await mostDifferent(actual, expected)).toBeLessThanOrEqual(tolerance);
      tf.dispose(actual as tf.Tensor);
      graph.dispose();
      model.dispose();
    }
    tf.dispose([x, kernel, expected]);
    reference.dispose();
  });
});

it('[P7] gradients flow, also through what tfjs fuses into one kernel', async () => {
  const reference = tf.sequential({
    layers: [
      layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2], activation: 'relu', name: 'conv' }),
      // The wasm backend has no gradient of depthwise convolutions.
      ...(tf.getBackend() === 'wasm'
        ? []
        : [layers.depthwiseConv2d({ kernelSize: 2, activation: 'elu', name: 'depth' })]),
      layers.flatten({ name: 'flat' }),
      layers.dense({ units: 3, activation: 'sigmoid', name: 'middle' }),
      layers.dense({ units: 1, name: 'end' }),
    ],
  });
  const model = await loaded(reference);
  const x = numbers([1, 4, 4, 2]);
  const graph = new PatchableGraph(model, [x]);
  const view = graph.patch({ 'end.output': new ScalePatch({ factor: 3 }) });
  const actual = tf.grad((input) => (view.apply(input) as tf.Tensor).sum())(x);
  const expected = tf.grad((input) => (reference.apply(input) as tf.Tensor).mul(3).sum())(x);
  expect(await mostDifferent(actual, expected)).toBeLessThan(1e-5);
  expect(
    await mostDifferent(
      actual,
      tf.tidy(() => x.zerosLike()),
    ),
  ).toBeGreaterThan(1e-4);
  tf.dispose([x, actual, expected]);
  graph.dispose();
  model.dispose();
  reference.dispose();
});

/** A layer of the caller's own, as super-resolution models have. */
class PixelShuffle extends layers.Layer {
  static className = 'PixelShuffle2x';

  override computeOutputShape([batch, height, width, channels]: number[]): tf.Shape {
    return [batch ?? null, (height as number) * 2, (width as number) * 2, (channels as number) / 4];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.depthToSpace((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D, 2, 'NHWC');
  }
}

it('runs layers of classes that the caller registers, and names those that are not', async () => {
  const reference = tf.sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 1, inputShape: [2, 2, 1], name: 'conv' }),
      new PixelShuffle({ name: 'shuffle' }),
    ],
  });
  const files = await layersFiles(reference);
  const before = tf.memory().numTensors;
  await expect(loadTensorModel(files)).rejects.toThrow(/PixelShuffle2x.*tf\.serialization\.registerClass/);
  expect(tf.memory().numTensors).toBe(before);
  tf.serialization.registerClass(PixelShuffle);
  const model = await loadTensorModel(files);
  const x = numbers([1, 2, 2, 1]);
  const graph = new PatchableGraph(model, [x]);
  expect(graph.match('shuffle.*')).toEqual(['shuffle.input', 'shuffle.depthToSpace', 'shuffle.output']);
  const [actual, expected] = [graph.apply(x), reference.predict(x)];
  expect(await mostDifferent(actual, expected)).toBeLessThanOrEqual(tolerance);
  tf.dispose([x, actual as tf.Tensor, expected as tf.Tensor]);
  graph.dispose();
  model.dispose();
  reference.dispose();
});

it('reads what the metadata say of an image classifier, and checks it', async () => {
  const reference = tf.sequential({
    layers: [
      layers.flatten({ inputShape: [4, 6, 1], name: 'flat' }),
      layers.dense({ units: 2, name: 'end' }),
    ],
  });
  const about = (patchbay: object) => layersFiles(reference, { userDefinedMetadata: { other: 1, patchbay } });
  const image = { width: 6, height: 4, channels: 1, range: [0, 1] };
  const good = { task: 'image-classification', classes: ['a', 'b'], image };
  const model = await loadTensorModel(await about(good));
  expect(model.classification).toEqual({ classes: ['a', 'b'], scores: null, image });
  expect(model.inputs).toEqual([{ name: 'flat_input', shape: [null, 4, 6, 1], dtype: 'float32' }]);
  expect(model.outputs).toEqual([{ name: 'end', shape: [null, 2], dtype: 'float32' }]);
  model.dispose();
  const plain = await loaded(reference);
  expect(plain.classification).toBe(null);
  plain.dispose();
  const before = tf.memory().numTensors;
  for (const [metadata, message] of [
    [{ ...good, task: 'chess' }, /patchbay in model\.json cannot be used\. At task/],
    [{ ...good, scores: 'odds' }, /At scores/],
    [{ ...good, classes: ['a'] }, /classes means a tensor of shape \[batch, 1\].*\[any, 2\]/],
    [{ ...good, image: { ...image, width: 5 } }, /image means a tensor of shape \[batch, 4, 5, 1\]/],
  ] as const)
    await expect(loadTensorModel(await about(metadata))).rejects.toThrow(message);
  expect(tf.memory().numTensors).toBe(before);
  reference.dispose();
});

it('refuses inputs that do not fit before anything runs', async () => {
  const reference = (cases['dense layers and dropout'] as Case).model();
  const model = await loaded(reference);
  const wrong = numbers([1, 4]);
  expect(() => new PatchableGraph(model, [wrong])).toThrow(
    "The input 'up_input' must be a float32 tensor of shape [any, 3], not a float32 one of [1, 4].",
  );
  expect(() => new PatchableGraph(model, [])).toThrow('The model takes 1 tensors (up_input), not 0.');
  wrong.dispose();
  model.dispose();
  reference.dispose();
});
