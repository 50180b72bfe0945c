import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, inject, test } from 'vitest';
import { guardKernels } from '../../src/memory/guard.js';
import { registerWasmKernels } from '../../src/run/wasm-kernels.js';
import { useBackend } from '../support/backend.js';

guardKernels();
registerWasmKernels();
beforeAll(useBackend);

const isWasm = inject('backend') === 'wasm';

/** A product: the axes before the matrices of each factor, and which of them lie transposed in memory. */
interface Product {
  outer: [a: number[], b: number[]];
  rows: number;
  shared: number;
  columns: number;
  transpose: [a: boolean, b: boolean];
  seed: number;
}

const axis = fc.integer({ min: 1, max: 3 });
/** tfjs's other backends take as many matrices of both, or one. */
const outers: fc.Arbitrary<[number[], number[]]> = fc.oneof(
  fc.array(axis, { maxLength: 2 }).map((outer) => [outer, outer] as [number[], number[]]),
  fc.array(axis, { maxLength: 2 }).map((outer) => [outer, []] as [number[], number[]]),
  fc.array(axis, { maxLength: 2 }).map((outer) => [outer.map(() => 1), outer] as [number[], number[]]),
  ...(isWasm
    ? [
        fc.tuple(axis, axis).map(([a, b]) => [[a, 1], [b]] as [number[], number[]]),
        fc.tuple(axis, axis).map(
          ([a, b]) =>
            [
              [a, b],
              [a, 1],
            ] as [number[], number[]],
        ),
      ]
    : []),
);
const length = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(16, 47, 48, 49, 64, 65, 130));
const products: fc.Arbitrary<Product> = fc.record({
  outer: outers,
  rows: length,
  shared: length,
  columns: length,
  transpose: fc.tuple(fc.boolean(), fc.boolean()),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

/** Random factors as the product says. */
function factors({ outer, rows, shared, columns, transpose, seed }: Product): [tf.Tensor, tf.Tensor] {
  const make = (before: number[], matrix: number[], isTransposed: boolean, add: number) =>
    tf.randomNormal([...before, ...(isTransposed ? matrix.reverse() : matrix)], 0, 1, 'float32', seed + add);
  return [
    make(outer[0], [rows, shared], transpose[0], 0),
    make(outer[1], [shared, columns], transpose[1], 1),
  ];
}

/** Each number as the sum of its products in their order, every step rounded to float32. */
async function inOrder(product: Product, a: tf.Tensor, b: tf.Tensor): Promise<Float32Array> {
  const { rows, shared, columns, outer, transpose } = product;
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(outer[0], outer[1]);
  const spread = (tensor: tf.Tensor, isTransposed: boolean) =>
    tf.tidy(() => {
      const matrix = tensor.shape.slice(-2);
      const before = [...shape.map(() => 1), ...tensor.shape.slice(0, -2)].slice(-shape.length || Infinity);
      const whole = tf.add(tensor.reshape([...before, ...matrix]), tf.zeros([...shape, 1, 1]));
      const matrices = whole.reshape([-1, ...matrix]);
      return isTransposed ? matrices.transpose([0, 2, 1]) : matrices;
    });
  const [x, y] = [spread(a, transpose[0]), spread(b, transpose[1])];
  const [left, right] = [await x.data(), await y.data()];
  const count = x.shape[0] as number;
  tf.dispose([x, y]);
  const out = new Float32Array(count * rows * columns);
  for (let i = 0; i < out.length; i += 1) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const first = Math.floor(row / rows) * shared * columns + column;
    let sum = 0;
    for (let k = 0; k < shared; k += 1) {
      const term = (left[row * shared + k] as number) * (right[first + k * columns] as number);
      sum = Math.fround(sum + Math.fround(term));
    }
    out[i] = sum;
  }
  return out;
}

test('products of any shape are right, on wasm to the last bit', { timeout: 120_000 }, async () => {
  const before = tf.memory().numTensors;
  await fc.assert(
    fc.asyncProperty(products, async (product) => {
      const [a, b] = factors(product);
      const result = tf.matMul(a, b, ...product.transpose);
      const [values, expected] = [await result.data(), await inOrder(product, a, b)];
      tf.dispose([a, b, result]);
      if (isWasm) {
        expect(values).toEqual(expected);
        return;
      }
      const worst = expected.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (values[i] ?? NaN))),
        0,
      );
      expect(worst).toBeLessThan(1e-4 * Math.sqrt(product.shared) * 4);
    }),
    { numRuns: isWasm ? 200 : 40 },
  );
  expect(tf.memory().numTensors).toBe(before);
});

test('a factor may be seen in several shapes', async () => {
  const left = (rows: number) => tf.randomNormal([9, rows], 0, 1, 'float32', rows);
  const matrix = tf.randomNormal([60, 80], 0, 1, 'float32', 5);
  const other = matrix.reshape([80, 60]);
  for (const [x, y] of [
    [left(60), matrix],
    [left(80), other],
    [left(60), matrix],
  ] as const) {
    const copy = y.add(0);
    const [seen, expected] = [tf.matMul(x, y), tf.matMul(x, copy)];
    const worst = tf.tidy(() => seen.sub(expected).abs().max());
    expect((await worst.data())[0]).toBeLessThan(1e-4);
    tf.dispose([x, copy, seen, expected, worst]);
  }
  tf.dispose([matrix, other]);
});

// WGSL may assume that there is neither.
test.skipIf(inject('backend') === 'webgpu')('not a number and infinity spread as they should', async () => {
  const x = tf.tensor2d([Number.NaN, 1, Number.POSITIVE_INFINITY, 1, 1, 1], [3, 2]);
  const y = tf.ones([2, 2]);
  const products = tf.matMul(x, y, false, true);
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
  expect([...(await products.data())]).toEqual([nan, nan, infinity, infinity, 2, 2]);
  tf.dispose([x, y, products]);
});

test.runIf(isWasm)('thousands of products leave nothing in memory', () => {
  const { backend } = tf.engine();
  const heap = () => (backend as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
  const x = tf.ones([4, 20, 64]);
  const weight = tf.ones([300, 64]);
  const round = () =>
    tf.tidy(() => {
      const products = tf.matMul(x.reshape([80, 64]), weight, false, true);
      tf.matMul(products, weight);
      tf.matMul(products, products, true);
      tf.matMul(x, x, false, true);
      tf.matMul(x.add(1), x, true, false);
      tf.matMul(x, x.add(1).transpose([0, 2, 1]));
    });
  for (let i = 0; i < 20; i += 1) round();
  const [data, bytes] = [backend.numDataIds(), heap()];
  for (let i = 0; i < 400; i += 1) round();
  expect([backend.numDataIds(), heap()]).toEqual([data, bytes]);
  tf.dispose([x, weight]);
});
