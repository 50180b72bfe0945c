import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { PatchbayError } from '../../src/errors.js';
import { readSlice } from '../../src/patch/indexing.js';
import { type PatchValue, sliceFor } from '../../src/patch/operand.js';
import { ReplacePatch } from '../../src/patch/patches.js';
import { useBackend } from '../support/backend.js';
import { goldenJson } from '../support/golden.js';

interface SliceCase {
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

/** What NumPy's `arange` gives. */
function arange(shape: number[]): tf.Tensor {
  return tf.range(0, tf.util.sizeFromShape(shape)).reshape(shape);
}

it('[P4] reads and assigns what NumPy reads and assigns', async () => {
  const { cases } = await goldenJson<{ cases: SliceCase[] }>('slices.json');
  expect(cases.length).toBeGreaterThan(50);
  for (const { shape, index, read, readShape, assign, after } of cases) {
    const message = `[${index}] of shape [${shape.join(', ')}]`;
    const array = arange(shape);
    const slice = sliceFor(index, shape);
    const selected = slice === null ? array : readSlice(array, slice);
    expect(selected.shape, message).toEqual(readShape);
    expect([...(await selected.data())], message).toEqual(flatten(read));
    const patch = new ReplacePatch({ value: assign, slice: index });
    patch.check(array);
    expect(await patch.op(array).array(), message).toEqual(after);
  }
});

it('[P4] [P5] refuses what NumPy refuses', async () => {
  const { errors } = await goldenJson<{ errors: ErrorCase[] }>('slices.json');
  expect(errors.length).toBeGreaterThan(5);
  for (const { shape, index, assign } of errors) {
    const patch = new ReplacePatch({ value: assign ?? 0, slice: index });
    expect(() => patch.check(arange(shape)), `[${index}] of shape [${shape.join(', ')}]`).toThrow(
      PatchbayError,
    );
  }
});

it('[P4] text that is no index is an error that shows it', () => {
  for (const text of ['a', '1.5', '1 2', ':,,:', '[1', '1:2:3:4', '[:]', '..., ...', '::0']) {
    expect(() => sliceFor(text, [3, 3, 3]), text).toThrow(PatchbayError);
  }
});

function flatten(value: PatchValue): PatchValue[] {
  return Array.isArray(value) ? value.flatMap(flatten) : [value];
}
