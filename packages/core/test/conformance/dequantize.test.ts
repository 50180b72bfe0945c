import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { dequantize } from '../../src/kernels/dequantize.js';
import {
  type PackedKind,
  type Packing,
  packRows,
  unpackRows,
  wordsPerRow,
} from '../../src/kernels/packing.js';
import { useBackend } from '../support/backend.js';
import { randomNumbers } from '../support/random-model.js';

beforeAll(useBackend);

const ROWS = 6;
const CASES = (['f16', 'int8'] as const).flatMap((kind) =>
  (['rows', 'columns'] as const).flatMap((channels) =>
    [1, 4, 7, 130].map((columns): Packing => ({ kind, channels, columns })),
  ),
);

/** Numbers of many magnitudes, among them subnormal float16 and zeros of both signs. */
function numbers(count: number): Float32Array {
  const random = randomNumbers(count);
  return Float32Array.from({ length: count }, (_, i) => {
    if (i % 11 === 0) return i % 2 === 0 ? 0 : -0;
    return random() * 2 ** -(i % 26);
  });
}

function packed(packing: Packing, values: Float32Array) {
  const { kind, columns, channels } = packing;
  const made = packRows(values, packing);
  const rows = values.length / columns;
  const shape: [number, number] = channels === 'rows' ? [rows, 1] : [1, columns];
  const matrix = {
    packed: tf.tensor2d(made.words, [rows, wordsPerRow(packing)], 'int32'),
    scale: kind === 'int8' ? tf.tensor2d(made.scale as Float32Array, shape) : null,
    columns,
  };
  return { matrix, expected: unpackRows(made, packing) };
}

function freeMatrix({ packed: words, scale }: ReturnType<typeof packed>['matrix']): void {
  tf.dispose([words, ...(scale === null ? [] : [scale])]);
}

describe.each(CASES)('$kind, channels are $channels, $columns columns', (packing) => {
  it('unpacks to the same numbers on every backend, bit by bit', async () => {
    const { matrix, expected } = packed(packing, numbers(ROWS * packing.columns));
    const before = tf.memory().numTensors;
    const values = dequantize(matrix);
    expect(values.shape).toEqual([ROWS, packing.columns]);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([...(await values.data())]).toEqual([...expected]);
    values.dispose();
    freeMatrix(matrix);
  });

  it('unpacks single rows', async () => {
    const { matrix, expected } = packed(packing, numbers(ROWS * packing.columns));
    const ids = [
      [5, 0],
      [3, 3],
    ];
    const indices = tf.tensor2d(ids, [2, 2], 'int32');
    const rows = dequantize(matrix, indices);
    expect(rows.shape).toEqual([2, 2, packing.columns]);
    const row = (id: number) => [...expected.subarray(id * packing.columns, (id + 1) * packing.columns)];
    expect([...(await rows.data())]).toEqual(ids.flat().flatMap(row));
    tf.dispose([rows, indices]);
    freeMatrix(matrix);
  });
});

it('an index without a row is an error', () => {
  const { matrix } = packed({ kind: 'f16', channels: 'rows', columns: 2 }, numbers(8));
  for (const index of [-1, 4]) {
    const indices = tf.tensor1d([index], 'int32');
    expect(() => dequantize(matrix, indices)).toThrow(InputError);
    indices.dispose();
  }
  freeMatrix(matrix);
});

it('so are rows that are not named by int32, and words that do not fit the columns', () => {
  const { matrix } = packed({ kind: 'int8', channels: 'rows', columns: 2 }, numbers(8));
  const indices = tf.tensor1d([1]);
  expect(() => dequantize(matrix, indices)).toThrow(/float32 numbers; they must be int32/);
  expect(() => dequantize({ ...matrix, columns: 5 })).toThrow(InputError);
  indices.dispose();
  freeMatrix(matrix);
});

it('takes more rows than a GPU starts groups of threads in a line', async () => {
  const rows = 65_536 * 64 + 1;
  const words = new Int32Array(rows);
  words[rows - 1] = 0x3c00;
  const matrix = { packed: tf.tensor2d(words, [rows, 1], 'int32'), scale: null, columns: 1 };
  const values = dequantize(matrix);
  const last = values.slice([rows - 2], [2]);
  expect([...(await last.data())]).toEqual([0, 1]);
  tf.dispose([values, last]);
  freeMatrix(matrix);
});

it.each<PackedKind>(['f16', 'int8'])(
  'gradients flow through products with %s matrices to the other side',
  async (kind) => {
    const { matrix, expected } = packed({ kind, channels: 'rows', columns: 3 }, numbers(12));
    const x = tf.tensor2d([1, -2, 3], [1, 3]);
    const product = (rows: tf.Tensor) =>
      tf
        .matMul(rows as tf.Tensor2D, dequantize(matrix) as tf.Tensor2D, false, true)
        .square()
        .sum() as tf.Scalar;
    const weight = tf.tensor2d(expected, [4, 3]);
    const wanted = tf.grad((rows) =>
      tf
        .matMul(rows as tf.Tensor2D, weight, false, true)
        .square()
        .sum(),
    )(x);
    const found = tf.grad(product)(x);
    const [a, b] = [await found.data(), await wanted.data()];
    a.forEach((value, i) => {
      expect(Math.abs(value - (b[i] as number))).toBeLessThan(1e-5);
    });
    tf.dispose([x, weight, wanted, found]);
    freeMatrix(matrix);
  },
);
