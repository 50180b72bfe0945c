import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, inject, test } from 'vitest';
import { guardKernels } from '../../src/memory/guard.js';
import { registerWasmKernels } from '../../src/run/wasm-kernels.js';
import { useBackend } from '../support/backend.js';

guardKernels();
registerWasmKernels();
beforeAll(useBackend);

const axes = fc.array(
  fc.record({ length: fc.integer({ min: 1, max: 4 }), times: fc.integer({ min: 1, max: 5 }) }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

/** The tiled numbers `0, 1, 2, …` of a shape, place by place. */
function expected(shape: number[], reps: number[]): number[] {
  const whole = shape.map((length, axis) => length * (reps[axis] as number));
  return Array.from({ length: tf.util.sizeFromShape(whole) }, (_, index) => {
    const place = tf.util.indexToLoc(index, whole.length, tf.util.computeStrides(whole));
    const from = place.map((position, axis) => position % (shape[axis] as number));
    return tf.util.locToIndex(from, shape.length, tf.util.computeStrides(shape));
  });
}

test('tensors of any shape and dtype are tiled', { timeout: 120_000 }, async () => {
  const before = tf.memory().numTensors;
  await fc.assert(
    fc.asyncProperty(
      axes,
      fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const),
      async (sizes, dtype) => {
        const [shape, reps] = [sizes.map(({ length }) => length), sizes.map(({ times }) => times)];
        const numbers = expected(
          shape,
          shape.map(() => 1),
        ).map((value) => (dtype === 'bool' ? value % 2 : value));
        const x = tf.tensor(numbers, shape, dtype);
        const tiled = tf.tile(x, reps);
        expect(tiled.shape).toEqual(shape.map((length, axis) => length * (reps[axis] as number)));
        expect(tiled.dtype).toBe(dtype);
        const wanted = expected(shape, reps).map((index) => numbers[index]);
        expect([...(await tiled.data())]).toEqual(wanted);
        tf.dispose([x, tiled]);
      },
    ),
    { numRuns: inject('backend') === 'webgpu' ? 30 : 200 },
  );
  const empty = tf.tidy(() => tf.zeros([0, 2]).tile([2, 3]));
  expect(empty.shape).toEqual([0, 6]);
  empty.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
