import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { Module } from '../../src/module/module.js';
import { GELU, GELUTanh, ReLU, SiLU } from '../../src/nn/activations.js';
import { Embedding } from '../../src/nn/embedding.js';
import { Conv1D, Linear } from '../../src/nn/linear.js';
import { LayerNorm, RMSNorm } from '../../src/nn/norm.js';
import { useBackend } from '../support/backend.js';
import { goldenJson } from '../support/golden.js';

interface Values {
  shape: number[];
  values: tf.TensorLike;
}

interface LayerCase {
  layer: keyof typeof BUILDERS;
  options: Record<string, number> & { bias?: boolean };
  parameters: Record<string, Values>;
  input: Values;
  output: Values;
}

const BUILDERS = {
  Linear: ({ inFeatures = 0, outFeatures = 0, bias = true }) => new Linear(inFeatures, outFeatures, { bias }),
  Conv1D: ({ inFeatures = 0, outFeatures = 0 }) => new Conv1D(inFeatures, outFeatures),
  Embedding: ({ count = 0, width = 0 }) => new Embedding(count, width),
  LayerNorm: ({ width = 0, eps = 0 }) => new LayerNorm(width, { eps }),
  RMSNorm: ({ width = 0, eps = 0 }) => new RMSNorm(width, { eps }),
  gelu: () => new GELU(),
  gelu_tanh: () => new GELUTanh(),
  silu: () => new SiLU(),
  relu: () => new ReLU(),
} satisfies Record<string, (options: LayerCase['options']) => Module>;

beforeAll(useBackend);

it("[M6] layers compute what PyTorch's compute", async () => {
  const { cases } = await goldenJson<{ cases: LayerCase[] }>('layers.json');
  const layers = cases.filter(({ layer }) => layer in BUILDERS);
  expect(new Set(layers.map(({ layer }) => layer)).size).toBe(Object.keys(BUILDERS).length);
  for (const { layer, options, parameters, input, output } of layers) {
    const module: Module = BUILDERS[layer](options);
    module.loadStateDict(new Map(Object.entries(parameters).map(([key, each]) => [key, tensorOf(each)])));
    const dtype = layer === 'Embedding' ? 'int32' : 'float32';
    const result = module.apply(...([tensorOf(input, dtype)] as never[])) as tf.Tensor;
    expect(result.shape).toEqual(output.shape);
    const expected = await tensorOf(output).data();
    (await result.data()).forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number)), `${layer} at ${i}`).toBeLessThan(1e-5);
    });
  }
});

function tensorOf({ values, shape }: Values, dtype: tf.DataType = 'float32'): tf.Tensor {
  return tf.tensor(values, shape, dtype);
}
