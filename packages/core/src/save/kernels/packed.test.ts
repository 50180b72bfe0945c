import { expect, it } from 'vitest';
import type { Graph, KernelStep, TensorInfo } from '../../graph/types.js';
import { checkKernel } from '../check-kernels.js';

const int = (...shape: number[]): TensorInfo => ({ shape, dtype: 'int32' });
const float = (...shape: number[]): TensorInfo => ({ shape, dtype: 'float32' });

/** Checks a call of the kernel with these inputs, the last value being its output. */
function check(columns: unknown, names: readonly string[], ...values: TensorInfo[]): void {
  const step: KernelStep = {
    kind: 'kernel',
    kernel: 'Dequantize',
    inputs: Object.fromEntries(names.map((name, value) => [name, value])),
    inputsAreArray: false,
    attrs: { columns },
    outputs: [values.length - 1],
  };
  checkKernel(step, { values } as unknown as Graph);
}

const [F16, INT8, ROWS] = [['packed'], ['packed', 'scale'], ['packed', 'scale', 'indices']];

it('unpacks matrices, or rows of them', () => {
  check(5, F16, int(4, 3), float(4, 5));
  check(5, INT8, int(4, 2), float(4, 1), float(4, 5));
  check(5, INT8, int(4, 2), float(1, 5), float(4, 5));
  check(5, ROWS, int(4, 2), float(4, 1), int(2, 3), float(2, 3, 5));
});

it.each<[string, () => void]>([
  ['more columns than there are words for', () => check(7, F16, int(4, 3), float(4, 7))],
  ['columns that fill other words', () => check(5, INT8, int(4, 3), float(4, 1), float(4, 5))],
  ['no number of columns', () => check(0, F16, int(4, 0), float(4, 0))],
  ['a scale for something else', () => check(5, INT8, int(4, 2), float(5, 1), float(4, 5))],
  ['words that are no integers', () => check(5, F16, float(4, 3), float(4, 5))],
  ['a scale that is no float32', () => check(5, INT8, int(4, 2), int(4, 1), float(4, 5))],
  ['indices that are no integers', () => check(5, ROWS, int(4, 2), float(4, 1), float(2), float(2, 5))],
  ['more rows than it makes', () => check(5, F16, int(4, 3), float(1000, 5))],
  ['words in another number of axes', () => check(5, F16, int(2, 2, 3), float(4, 5))],
])('refuses %s', (_, attempt) => {
  expect(attempt).toThrow(Error);
});
