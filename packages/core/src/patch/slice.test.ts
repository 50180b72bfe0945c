import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { assign, IndexRefused, read, ValueRefused } from '../../test/support/numpy-reference.js';
import {
  arrayForm,
  counting,
  isWritable,
  patchValue,
  type SliceCase,
  sliceCases,
  tensorOf,
  textForm,
} from '../../test/support/random-slices.js';
import { PatchError, SliceError } from '../errors.js';
import { readSlice } from './indexing.js';
import { ReplacePatch } from './patches.js';
import { all, range } from './slice.js';
import { type SliceSpec, sliceFor } from './spec.js';

const MAX_RANK = 6;

/** What NumPy gives, or which of its errors; selections that no tensor can hold are index errors too. */
function expected({ shape, items, value }: SliceCase) {
  try {
    const selected = read(counting(shape), items);
    if (selected.shape.length > MAX_RANK) return SliceError;
    return { selected, after: assign(counting(shape), items, value) };
  } catch (error) {
    if (error instanceof IndexRefused) return SliceError;
    if (error instanceof ValueRefused) return PatchError;
    throw error;
  }
}

function found({ shape, value }: SliceCase, slice: SliceSpec, valueAsTensor: boolean) {
  return tf.tidy(() => {
    const tensor = tensorOf(counting(shape), 'float32');
    const patch = new ReplacePatch({ value: patchValue(value, valueAsTensor), slice });
    patch.check(tensor);
    const resolved = sliceFor(slice, shape);
    const selected = resolved === null ? tensor : readSlice(tensor, resolved);
    const after = patch.op(tensor);
    return {
      selected: { shape: selected.shape, entries: [...selected.dataSync()] },
      after: { shape: after.shape, entries: [...after.dataSync()] },
    };
  });
}

it('[P4] [P5] reads, assigns and refuses as NumPy does, in array, tensor and text form, for ranks 0 to 6', () => {
  const outcomes = new Map([['fits', 0]]);
  fc.assert(
    fc.property(sliceCases, fc.boolean(), (each, valueAsTensor) => {
      const wanted = expected(each);
      const specs: (() => SliceSpec)[] = [() => arrayForm(each.items, true)];
      if (isWritable(each.items))
        specs.push(
          () => arrayForm(each.items, false),
          () => textForm(each.items),
        );
      for (const spec of specs) {
        const run = () => tf.tidy(() => found(each, spec(), valueAsTensor));
        if (typeof wanted === 'function') expect(run).toThrow(wanted);
        else expect(run()).toEqual(wanted);
      }
      const outcome = typeof wanted === 'function' ? wanted.name : 'fits';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }),
    { numRuns: 1000 },
  );
  expect(outcomes.get('fits')).toBeGreaterThan(500);
  expect(outcomes.get('SliceError')).toBeGreaterThan(20);
  expect(outcomes.get('PatchError')).toBeGreaterThan(5);
});

it('[P4] text and arrays say the same', () => {
  const pairs: [string, SliceSpec][] = [
    [':, 5:8, 2', [all, range(5, 8), 2]],
    ['..., -1', ['...', -1]],
    [
      ' [[0,1] , [2,+0,],], : ',
      [
        [
          [0, 1],
          [2, 0],
        ],
        all,
      ],
    ],
    ['[true, False, True]', [[true, false, true]]],
    ['1 : : -1,', [range(1, null, -1)]],
    ['', []],
  ];
  for (const [text, array] of pairs) {
    expect(sliceFor(text, [3, 8, 3]), text).toEqual(sliceFor(array, [3, 8, 3]));
  }
});

it('[P4] [P5] what does not fit is an error that names the shapes', () => {
  const attempt = (slice: unknown, shape = [3, 4]) => expect(() => sliceFor(slice as SliceSpec, shape));
  attempt('0, 0, 0').toThrow('There are indices for 3 axes, and shape [3, 4] has 2.');
  attempt(':, 4').toThrow('Index 4 is out of bounds for axis 1 of size 4, in shape [3, 4].');
  attempt('[[0, 1], [2, -4]]').toThrow('Index -4 is out of bounds for axis 0 of size 3, in shape [3, 4].');
  attempt(':, [true, false]').toThrow(
    'A mask of shape [2] does not fit shape [3, 4] at axis 1, where [4] is needed.',
  );
  attempt('[[0], [1], [2]], [[0], [1]]').toThrow('Index arrays of shapes [3, 1] and [2, 1] do not broadcast');
  attempt([tf.ones([2, 4], 'bool')]).toThrow(/mask of shape \[2, 4\].*where \[3, 4\]/);
  attempt('..., 0, ...').toThrow("only one '...'");
  attempt('::0').toThrow('step of a range cannot be 0');
  attempt('[[0, 1], [2]]').toThrow('must all have the same lengths');
  attempt([[[], [1]]]).toThrow('must all have the same lengths');
  attempt([new Array(2)]).toThrow('whole numbers, not undefined');
  attempt([0.5]).toThrow('Indices are whole numbers, not 0.5.');
  attempt([range(0, Number.NaN)]).toThrow('Indices are whole numbers, not NaN.');
  attempt([[0, true]]).toThrow('positions or true and false, not both');
  attempt([[true, 0]]).toThrow('A mask holds only true and false, not 0.');
  attempt('9007199254740992').toThrow('2^53');
  attempt('0:99999999999999999999').toThrow('2^53');
  attempt([2 ** 53]).toThrow('2^53');
  attempt([true]).toThrow('true alone is no index');
  attempt([['1']]).toThrow("whole numbers, not '1'");
  attempt(['1:2']).toThrow("'1:2' is no index");
  attempt(3).toThrow('A slice is text');
  attempt([null]).toThrow('A slice adds no axes');
  attempt('None, :').toThrow('A slice adds no axes');
  attempt([tf.scalar(1)]).toThrow('int32 (positions) or bool (a mask), not float32');
  attempt([tf.scalar(true)]).toThrow('rank 1 or more');
  for (const text of [
    'a',
    '1.5',
    '1 2',
    ':,,:',
    ',',
    '[1',
    '1]',
    '1:2:3:4',
    '[:]',
    '[1,,2]',
    '- 1',
    'true',
  ]) {
    attempt(text).toThrow(`Cannot read the slice '${text}' at `);
  }
});

it('[P5] any text, and any array, is a slice or a SliceError', () => {
  const resolve = (spec: unknown) => {
    try {
      sliceFor(spec as SliceSpec, [3, 4, 5]);
    } catch (error) {
      expect(error).toBeInstanceOf(SliceError);
    }
  };
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[-0-9:,. [\]truefals]*$/));
  fc.assert(fc.property(text, resolve), { numRuns: 2000 });
  fc.assert(fc.property(fc.array(fc.anything()), resolve), { numRuns: 1000 });
});

it('[P5] deep, endless and huge indices end in an error', () => {
  const cyclic: unknown[] = [];
  cyclic.push(...new Array(1000).fill(cyclic));
  const attempt = (slice: unknown, shape: number[]) => expect(() => sliceFor(slice as SliceSpec, shape));
  attempt('['.repeat(500_000), [3]).toThrow('nested 6 deep at most');
  attempt([JSON.parse('['.repeat(5000) + ']'.repeat(5000))], [3]).toThrow('nested 6 deep at most');
  attempt([cyclic], [3]).toThrow('16777216 entries at most');
  attempt(' '.repeat(2 ** 21), [3]).toThrow('too long');
  attempt(`${'x'.repeat(10_000)}`, [3]).toThrow(/^.{0,200}$/);
  const many = new Array(50_000).fill(0);
  attempt([many.map((each) => [each]), many], [3, 3]).toThrow('[50000, 50000]');
  attempt([[[[[[[0]]]]]], all], [3, 3]).toThrow('more than the 6 axes');
  expect(() =>
    new ReplacePatch({ value: cyclic as number[] }).check({ shape: [3], dtype: 'float32' }),
  ).toThrow(PatchError);
});

it('[P4] a slice is resolved once for each shape, and anew when its array changes', () => {
  const positions = [0, 2];
  const bounds = { ...range(0, 2) };
  const spec = [positions, bounds];
  expect(sliceFor(spec, [3, 4])).toBe(sliceFor(spec, [3, 4]));
  expect(sliceFor(':, 1:2', [3, 4])).toBe(sliceFor(':, 1:2', [3, 4]));
  expect(sliceFor(spec, [3, 4])?.shape).toEqual([2, 2]);
  expect(sliceFor(spec, [3, 1])?.shape).toEqual([2, 1]);
  positions[1] = 1;
  expect(sliceFor(spec, [3, 4])?.box).toEqual({ shape: [3, 4], begin: [0, 0], size: [2, 2] });
  bounds.stop = 3;
  expect(sliceFor(spec, [3, 4])?.shape).toEqual([2, 3]);
  positions.push(0);
  expect(sliceFor(spec, [3, 4])?.shape).toEqual([3, 3]);
  spec.pop();
  expect(sliceFor(spec, [3, 4])?.shape).toEqual([3, 4]);
});

it('[P4] a tensor in a slice is read once, anew after an assignment, and stays the caller’s', () => {
  const positions = tf.variable(tf.tensor1d([0, 2], 'int32'));
  const mask = tf.tensor1d([1, 0, 0], 'bool');
  const spec = [positions, mask];
  const reads = [vi.spyOn(positions, 'dataSync'), vi.spyOn(mask, 'dataSync')];
  const before = tf.memory().numTensors;
  expect(sliceFor(spec, [3, 3])?.box?.size).toEqual([3, 1]);
  expect(sliceFor([...spec], [3, 3])?.shape).toEqual([2]);
  for (const read of reads) expect(read).toHaveBeenCalledTimes(1);
  expect(tf.memory().numTensors).toBe(before);
  positions.assign(tf.tensor1d([1, 2], 'int32'));
  expect(sliceFor(spec, [3, 3])?.box?.size).toEqual([2, 1]);
  const gone = tf.tensor1d([0], 'int32');
  gone.dispose();
  expect(() => sliceFor([gone], [3])).toThrow('is disposed');
});

it('[P4] what is contiguous is one box, and only what is not is picked', () => {
  const shape = [1, 12, 128, 128];
  const size = 128 * 128;
  expect(sliceFor(':, 3', shape)).toEqual({
    shape: [1, 128, 128],
    box: { shape: [12 * size], begin: [3 * size], size: [size] },
    rows: null,
  });
  expect(sliceFor('0, 1, 2, 3', shape)?.box).toEqual({ shape: [12 * size], begin: [size + 259], size: [1] });
  expect(sliceFor('..., -1', shape)?.box).toEqual({
    shape: [12 * 128, 128],
    begin: [0, 127],
    size: [12 * 128, 1],
  });
  expect(sliceFor('..., [1, 2]', shape)?.rows).toBeNull();
  expect(sliceFor(':', shape)?.box).toBeNull();
  const { outer, count, inner, picked } = sliceFor(':, [3, 7], ::2', shape)?.rows ?? {};
  expect([outer, count, inner, picked?.length]).toEqual([1, 5 * 127, 128, 2 * 64]);
});

it('[P4] slices used long ago are forgotten, and large ones sooner', () => {
  const isKept = (text: string, shape: number[], slice: unknown) => sliceFor(text, shape) === slice;
  const first = sliceFor('0', [3]);
  expect(isKept('0', [3], first)).toBe(true);
  for (let i = 0; i < 200; i += 1) sliceFor(`0:${i}`, [3]);
  expect(isKept('0', [3], first)).toBe(false);
  const large = sliceFor('::2, ::2', [2100, 2100]);
  expect(isKept('::2, ::2', [2100, 2100], large)).toBe(true);
  sliceFor('1', [3]);
  expect(isKept('::2, ::2', [2100, 2100], large)).toBe(false);
});
