import * as tf from '@tensorflow/tfjs';
import { CheckpointError, InputError } from '../../errors.js';
import type { TensorSpec } from '../../models/tensor-model.js';
import type { HostTensor } from '../host-tensor.js';
import type { TensorDtype, TensorSlot, TensorValue } from '../protocol.js';
import { filled } from './fill.js';
import { type InputReader, ofKind, refuseImages } from './reader.js';

/** What free axes get in the example: the first one, of the batch, 1. Small convolutions still fit in. */
const EXAMPLE_SIZE = 16;

/** About half a gigabyte. */
const MOST_ENTRIES = 2 ** 27;

const DTYPES: readonly string[] = ['float32', 'int32', 'bool'] satisfies TensorDtype[];

/** What a model takes, for the page. @throws CheckpointError for tensors of other dtypes, such as strings */
export function slotsOf(specs: readonly TensorSpec[]): TensorSlot[] {
  return specs.map(({ name, shape, dtype }) => {
    if (!DTYPES.includes(dtype))
      throw new CheckpointError(
        `The model's input '${name}' is of dtype ${dtype}; those that can be typed or drawn here are ${DTYPES.join(', ')}.`,
      );
    return { name, shape: shape && [...shape], dtype: dtype as TensorDtype };
  });
}

/** Tensors as they are, one for each of the model's slots. */
export function tensorInput(slots: readonly TensorSlot[]): InputReader {
  return {
    info: { kind: 'tensors', tensors: [...slots] },
    example: slots.map((slot) => {
      const shape = (slot.shape ?? [1]).map((size, axis) => size ?? (axis === 0 ? 1 : EXAMPLE_SIZE));
      return hostTensor(slot, { shape, fill: { kind: 'constant', value: 0 } });
    }),
    read(input) {
      const { tensors } = ofKind(input, 'tensors');
      if (tensors.length !== slots.length)
        throw new InputError(`This model takes ${slots.length} tensors; ${tensors.length} are given.`);
      return { args: slots.map((slot, i) => hostTensor(slot, tensors[i] as TensorValue)), tokens: [] };
    },
    fitImage: refuseImages('tensors'),
  };
}

function hostTensor(slot: TensorSlot, { shape, fill }: TensorValue): HostTensor {
  const { name, dtype } = slot;
  checkShape(slot, shape);
  const size = tf.util.sizeFromShape(shape);
  if (fill.kind === 'values') {
    if (fill.values.length !== size)
      throw new InputError(
        `'${name}' has ${fill.values.length} values; its shape [${shape.join(', ')}] has room for ${size}.`,
      );
    checkValues(slot, fill.values);
  }
  if (fill.kind === 'constant') checkValues(slot, [fill.value]);
  if (fill.kind === 'range') checkValues(slot, [fill.from, fill.to]);
  if (fill.kind === 'uniform') checkValues({ ...slot, dtype: 'float32' }, [fill.low, fill.high]);
  return { shape, dtype, values: filled(fill, size, dtype) };
}

function checkShape({ name, shape: wanted }: TensorSlot, shape: readonly number[]): void {
  const isShape = shape.every((size) => Number.isInteger(size) && size > 0);
  const fits =
    wanted === null ||
    (shape.length === wanted.length && shape.every((size, axis) => size === (wanted[axis] ?? size)));
  if (!isShape || !fits) {
    const form = wanted === null ? 'any' : `[${wanted.map((size) => size ?? '?').join(', ')}]`;
    throw new InputError(`'${name}' has the shape [${shape.join(', ')}]; this model takes ${form}.`);
  }
  const size = tf.util.sizeFromShape([...shape]);
  if (size > MOST_ENTRIES)
    throw new InputError(`'${name}' would have ${size} entries; at most ${MOST_ENTRIES} are possible here.`);
}

const MAY_BE: Readonly<Record<TensorDtype, readonly [holds: (value: number) => boolean, words: string]>> = {
  float32: [Number.isFinite, 'finite numbers'],
  int32: [(value) => (value | 0) === value, 'whole numbers of 32 bits'],
  bool: [(value) => value === 0 || value === 1, '0 and 1'],
};

function checkValues({ name, dtype }: TensorSlot, values: readonly number[]): void {
  const [holds, words] = MAY_BE[dtype];
  const wrong = values.findIndex((value) => !holds(value));
  if (wrong >= 0)
    throw new InputError(`'${name}' holds ${words}; value ${wrong} is ${String(values[wrong])}.`);
}
