import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { PatchbayError } from '../../src/errors.js';
import { assignSlice, readSlice } from '../../src/patch/indexing.js';
import { broadcastLike, changeSlice, type PatchValue } from '../../src/patch/operand.js';
import { AddPatch, ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { all, range } from '../../src/patch/slice.js';
import type { ResolvedSlice } from '../../src/patch/slice-plan.js';
import { type SliceSpec, sliceFor } from '../../src/patch/spec.js';
import { useBackend } from '../support/backend.js';
import { goldenJson } from '../support/golden.js';
import { assign, IndexRefused, read, ValueRefused } from '../support/numpy-reference.js';
import {
  arrayForm,
  counting,
  isWritable,
  type SliceCase,
  sliceCases,
  tensorOf,
} from '../support/random-slices.js';

interface GoldenCase {
  shape: number[];
  index: string;
  read: PatchValue;
  readShape: number[];
  assign: PatchValue;
  after: PatchValue;
}

interface ErrorCase {
  shape: number[];
  index: string;
  assign?: PatchValue;
}

beforeAll(useBackend);

/** Slices of [3, 4, 5] that take each way through reading and assigning. */
const SLICES: readonly SliceSpec[] = [
  ':',
  '1',
  ':, 1',
  '..., -1',
  '1:, 1:3, 2:',
  '2, ::2',
  '..., ::-1',
  '[0, 2], :, [1, 1]',
  ':, [[3, 0], [1, 3]]',
  [[true, false, true], '...', [4, 0]],
  '1:1',
];

it('[P4] reads and assigns what NumPy reads and assigns', async () => {
  const { cases } = await goldenJson<{ cases: GoldenCase[] }>('slices.json');
  expect(cases.length).toBeGreaterThan(250);
  for (const { shape, index, read, readShape, assign, after } of cases) {
    const message = `[${index}] of shape [${shape.join(', ')}]`;
    const array = tensorOf(counting(shape), 'float32');
    const slice = sliceFor(index, shape);
    const selected = slice === null ? array : readSlice(array, slice);
    expect(selected.shape, message).toEqual(readShape);
    expect([...(await selected.data())], message).toEqual(flatten(read));
    const patch = new ReplacePatch({ value: assign, slice: index });
    patch.check(array);
    const changed = patch.op(array);
    expect(changed.shape, message).toEqual(shape);
    expect([...(await changed.data())], message).toEqual(flatten(after));
  }
});

it('[P4] [P5] refuses what NumPy refuses', async () => {
  const { errors } = await goldenJson<{ errors: ErrorCase[] }>('slices.json');
  expect(errors.length).toBeGreaterThan(40);
  for (const { shape, index, assign } of errors) {
    const patch = new ReplacePatch({ value: assign ?? 0, slice: index });
    const check = () => patch.check({ shape, dtype: 'float32' });
    expect(check, `[${index}] of shape [${shape.join(', ')}]`).toThrow(PatchbayError);
  }
});

it('[P4] [P7] reads, assigns and passes gradients on as the reference does, for random slices', async () => {
  await fc.assert(
    fc.asyncProperty(sliceCases, async (each) => {
      fc.pre(fits(each));
      const { shape, items, value } = each;
      const index = arrayForm(items, false);
      const slice = resolved(index, shape);
      const array = counting(shape, 1);
      const part = read(array, items);
      const [x, v] = [tensorOf(array, 'float32'), tensorOf(value, 'float32')];
      const replaced = (a: tf.Tensor, b: tf.Tensor) => changeSlice(a, index, (old) => broadcastLike(b, old));
      expect([...(await readSlice(x, slice).data())]).toEqual(part.entries);
      expect([...(await replaced(x, v).data())]).toEqual(assign(array, items, value).entries);
      if (part.entries.length === 0) return;

      // In a sum with weights, an entry counts with the weights of the places where it ends up.
      const weights = array.entries;
      const owners = assign({ shape, entries: weights.map(() => -1) }, items, counting(value.shape)).entries;
      const weightOf = (owner: number) =>
        weights.reduce((sum, weight, i) => sum + (owners[i] === owner ? weight : 0), 0);
      const [dx, dv] = await gradients(
        (a, b) =>
          replaced(a as tf.Tensor, b as tf.Tensor)
            .mul(tensorOf(array, 'float32'))
            .sum(),
        [x, v],
      );
      expect(dx).toEqual(weights.map((weight, i) => (owners[i] === -1 ? weight : 0)));
      expect(dv).toEqual(value.entries.map((_, i) => weightOf(i)));
      const readWeights = counting(part.shape, 1000);
      const u = tensorOf(readWeights, 'float32');
      const [dRead] = await gradients(
        (a) =>
          readSlice(a as tf.Tensor, slice)
            .mul(u)
            .sum(),
        [x],
      );
      const readers = (i: number) =>
        readWeights.entries.filter((_, at) => part.entries[at] === array.entries[i]);
      expect(dRead).toEqual(weights.map((_, i) => readers(i).reduce((sum, each) => sum + each, 0)));
    }),
    { numRuns: 60 },
  );
});

/** The derivatives of `f`, also with respect to what has no part in its result, which tfjs refuses. */
async function gradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): Promise<number[][]> {
  const touched = (given: tf.Tensor[]) => tf.addN([f(...given), ...given.map((each) => each.sum().mul(0))]);
  const found = tf.grads((...given) => touched(given as tf.Tensor[]) as tf.Scalar)(inputs);
  return Promise.all(found.map(async (each) => [...(await each.data())]));
}

it('[P4] int32 and bool tensors are read and assigned alike, and keep their dtype', async () => {
  const shape = [3, 4, 5];
  const bits = { shape, entries: counting(shape).entries.map((each) => each % 3 === 0) };
  for (const [dtype, array, value] of [
    ['int32', counting(shape), 7],
    ['bool', bits, 1],
  ] as const) {
    const tensor = tensorOf(array, dtype);
    for (const slice of SLICES) {
      const patch = new ReplacePatch({ value, slice });
      patch.check(tensor);
      const changed = patch.op(tensor);
      expect(changed.dtype).toBe(dtype);
      const floats = new ReplacePatch({ value, slice }).op(tensorOf(array, 'float32'));
      expect([...(await changed.data())], String(slice)).toEqual([...(await floats.data())]);
    }
  }
});

it('[P4] special numbers pass through unchanged', async () => {
  const numbers = [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-38, -3e38];
  const tensor = tf.tensor2d(numbers, [2, 3]);
  const value = tf.tensor1d([Number.NaN, -0]);
  for (const [slice, expected] of [
    [':, 1', [-0, Number.NaN, Infinity, -Infinity, -0, -3e38]],
    [':, [0, 2]', [Number.NaN, Number.NaN, -0, Number.NaN, 1e-38, -0]],
  ] as const) {
    const part = resolved(slice, [2, 3]);
    const given = part.shape.length === 1 ? value : tf.stack([value, value]);
    const after = await assignSlice(tensor, part, given).data();
    after.forEach((number, i) => {
      expect(Object.is(number, Math.fround(expected[i] as number)), `${slice} at ${i}: ${number}`).toBe(true);
    });
  }
});

it('[P4] integer and boolean tensors stand in slices, at every rank', async () => {
  const x = tf.range(0, 12).reshape([3, 4]);
  const cases: [SliceSpec, number[]][] = [
    [[tf.scalar(-1, 'int32')], [8, 9, 10, 11]],
    [
      [all, tf.tensor1d([0, -1], 'int32')],
      [0, 3, 4, 7, 8, 11],
    ],
    [
      [tf.tensor2d([[0], [2]], [2, 1], 'int32'), tf.tensor1d([1, 3], 'int32')],
      [1, 3, 9, 11],
    ],
    [
      [tf.tensor1d([1, 0, 1], 'bool'), range(1, 3)],
      [1, 2, 9, 10],
    ],
    [[x.greater(8)], [9, 10, 11]],
    [[tf.tensor1d([], 'int32'), 2], []],
  ];
  // Read before: a slice reads synchronously, which a GPU may refuse.
  await Promise.all(
    cases.flatMap(([spec]) => [...spec]).map((item) => item instanceof tf.Tensor && item.data()),
  );
  for (const [slice, expected] of cases) {
    expect([...(await readSlice(x, resolved(slice, [3, 4])).data())]).toEqual(expected);
    const zero = await new ZeroPatch({ slice }).op(x).data();
    expect([...zero]).toEqual([...(await x.data())].map((each) => (expected.includes(each) ? 0 : each)));
  }
});

it('[P8] patched slices leave the tensor count where it was, with and without gradients', () => {
  const tensor = tensorOf(counting([3, 4, 5]), 'float32');
  const run = () => {
    for (const slice of SLICES) {
      for (const patch of [new ZeroPatch({ slice }), new AddPatch({ value: 1, slice })]) {
        patch.check(tensor);
        tf.dispose(tf.tidy(() => patch.op(tensor)));
        tf.dispose(tf.grad((x) => patch.op(x).mul(x).sum())(tensor));
      }
      const part = readSlice(tensor, resolved(slice, tensor.shape));
      tf.dispose([part, assignSlice(tensor, resolved(slice, tensor.shape), part)]);
    }
  };
  run();
  const before = tf.memory().numTensors;
  run();
  expect(tf.memory().numTensors).toBe(before);
});

function fits({ shape, items, value }: SliceCase): boolean {
  if (!isWritable(items)) return false;
  try {
    assign(counting(shape), items, value);
    return read(counting(shape), items).shape.length <= 6;
  } catch (error) {
    if (error instanceof IndexRefused || error instanceof ValueRefused) return false;
    throw error;
  }
}

function resolved(spec: SliceSpec, shape: readonly number[]): ResolvedSlice {
  const slice = sliceFor(spec, shape);
  if (slice === null) throw new Error('only a slice that is left out is null');
  return slice;
}

function flatten(value: PatchValue): PatchValue[] {
  return Array.isArray(value) ? value.flatMap(flatten) : [value];
}
