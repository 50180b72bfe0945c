import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { InputError } from '../errors.js';
import { checkIndices } from '../memory/indices.js';
import { DequantizeProgram, flattened } from './dequantize-webgpu.js';
import { type Packing, unpackRows, wordsPerRow } from './packing.js';

/** A kernel of our own, besides those of tfjs. */
const KERNEL = 'Dequantize';

/** A matrix in words. */
export interface PackedMatrix {
  /** int32 `[rows, words]`. */
  readonly packed: tf.Tensor;
  /** float32 `[rows, 1]` or `[1, columns]` for int8; null for float16. */
  readonly scale: tf.Tensor | null;
  readonly columns: number;
}

/**
 * The float32 values of a packed matrix `[rows, columns]`; with int32 `indices` `[…]` those of the rows that they
 * name, `[…, columns]`, and nothing else is unpacked. Packed numbers have no gradient.
 * @throws InputError for other indices than int32, for an index out of range (one that only a GPU knows gives zeros), and
 * for words that are not as many as the columns need
 */
export const dequantize: (matrix: PackedMatrix, indices?: tf.Tensor) => tf.Tensor = tf.op({
  dequantize_({ packed, scale, columns }: PackedMatrix, indices?: tf.Tensor): tf.Tensor {
    registerDequantize();
    const inputs = {
      packed,
      ...(scale === null ? {} : { scale }),
      ...(indices === undefined ? {} : { indices }),
    };
    return tf.engine().runKernel(KERNEL, inputs, { columns });
  },
});

/** Makes the kernel known, also to graphs that were saved. */
export function registerDequantize(): void {
  if (tf.getKernel(KERNEL, 'cpu') !== undefined) return;
  for (const [backendName, run] of Object.entries(IMPLEMENTATIONS)) {
    tf.registerKernel({
      kernelName: KERNEL,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => run(callOf(inputs as unknown as Inputs, attrs), backend),
    });
  }
}

interface Inputs {
  readonly packed: tf.Tensor;
  readonly scale?: tf.Tensor;
  readonly indices?: tf.Tensor;
}

/** A call of the kernel, with what its inputs say of the matrix. */
export interface DequantizeCall extends Inputs {
  readonly packing: Packing;
  readonly rows: number;
  readonly shape: number[];
}

const IMPLEMENTATIONS: Readonly<Record<string, (call: DequantizeCall, backend: object) => tf.TensorInfo>> = {
  cpu: onHost,
  wasm: onHost,
  webgpu: (call, backend) => {
    const program = new DequantizeProgram(call);
    const inputs = program.tensors.map(flattened);
    const output = (backend as WebGPUBackend).runWebGPUProgram(program, inputs, 'float32', program.sizes);
    return { ...output, shape: call.shape };
  },
};

function callOf(inputs: Inputs, attrs: unknown): DequantizeCall {
  const { columns } = attrs as { columns: number };
  const { packed, scale, indices } = inputs;
  if (indices !== undefined) checkIndices({ x: packed, indices }, { axis: 0 });
  const [rows = 0, words] = packed.shape;
  const kind = scale === undefined ? 'f16' : 'int8';
  const channels = scale?.shape[0] === 1 && scale.shape[1] === columns ? 'columns' : 'rows';
  const packing: Packing = { kind, columns, channels };
  const expected = wordsPerRow(packing);
  if (words !== expected)
    throw new InputError(
      `${columns} columns of ${kind} are ${expected} words in a row, but there are ${words}.`,
    );
  if (indices !== undefined && indices.dtype !== 'int32')
    throw new InputError(`The rows to unpack are named by ${indices.dtype} numbers; they must be int32.`);
  const shape = [...(indices?.shape ?? [rows]), columns];
  return { ...inputs, rows, shape, packing };
}

function onHost({ packed, scale, indices, packing, shape }: DequantizeCall): tf.TensorInfo {
  const words = packed.dataSync<'int32'>() as Int32Array;
  const scales = (scale?.dataSync() ?? null) as Float32Array | null;
  if (indices === undefined) return tf.tensor(unpackRows({ words, scale: scales }, packing), shape);
  const width = wordsPerRow(packing);
  const values = new Float32Array(indices.size * packing.columns);
  indices.dataSync().forEach((row, position) => {
    const picked = {
      words: words.subarray(row * width, (row + 1) * width),
      scale: packing.channels === 'rows' && scales !== null ? scales.subarray(row, row + 1) : scales,
    };
    values.set(unpackRows(picked, packing), position * packing.columns);
  });
  return tf.tensor(values, shape);
}
