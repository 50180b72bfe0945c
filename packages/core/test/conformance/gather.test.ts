import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { InputError } from '../../src/errors.js';
import { guardKernels } from '../../src/memory/guard.js';
import { registerWasmKernels } from '../../src/run/wasm-kernels.js';
import { useBackend } from '../support/backend.js';

guardKernels();
registerWasmKernels();
beforeAll(useBackend);

const length = fc.integer({ min: 1, max: 3 });

/** A case of gather: batch axes, axes before and after the one that is picked from, and how many are picked. */
const cases = fc.record({
  batch: fc.array(length, { maxLength: 2 }),
  outer: fc.array(length, { maxLength: 1 }),
  size: fc.integer({ min: 1, max: 5 }),
  inner: fc.array(length, { maxLength: 2 }),
  picked: length,
  seed: fc.nat(),
});

test('gather picks slices along any axis, with batch axes too', { timeout: 120_000 }, async () => {
  const before = tf.memory().numTensors;
  await fc.assert(
    fc.asyncProperty(cases, async ({ batch, outer, size, inner, picked, seed }) => {
      const [batches, outers, width] = [batch, outer, inner].map(tf.util.sizeFromShape) as [
        number,
        number,
        number,
      ];
      const rows = Array.from({ length: batches * picked }, (_, i) => (seed + 7 * i) % size);
      const expected: number[] = [];
      for (let b = 0; b < batches; b += 1)
        for (let o = 0; o < outers; o += 1)
          for (const row of rows.slice(b * picked, (b + 1) * picked))
            for (let i = 0; i < width; i += 1) expected.push(((b * outers + o) * size + row) * width + i);
      const shape = [...batch, ...outer, size, ...inner];
      const x = tf.tidy(() => tf.range(0, tf.util.sizeFromShape(shape)).reshape(shape));
      const indices = tf.tensor(rows, [...batch, picked], 'int32');
      const found = tf.gather(x, indices, batch.length + outer.length, batch.length);
      expect(found.shape).toEqual([...batch, ...outer, picked, ...inner]);
      expect([...(await found.data())]).toEqual(expected);
      tf.dispose([x, indices, found]);
    }),
    { numRuns: tf.getBackend() === 'webgpu' ? 20 : 200 },
  );
  expect(tf.memory().numTensors).toBe(before);
});

test('an index that is out of range is an error', () => {
  const x = tf.ones([3, 2]);
  const indices = tf.tensor1d([0, 3], 'int32');
  expect(() => tf.gather(x, indices)).toThrow(InputError);
  tf.dispose([x, indices]);
});
