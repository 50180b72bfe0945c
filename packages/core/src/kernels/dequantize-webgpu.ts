import type * as tf from '@tensorflow/tfjs';
import { type PackedKind, type Packing, PER_WORD, wordsPerRow } from './packing.js';

/** What the program needs to know of a call of the kernel. */
export interface ProgramCall {
  readonly packed: tf.TensorInfo;
  readonly scale?: tf.TensorInfo;
  readonly indices?: tf.TensorInfo;
  readonly packing: Packing;
  readonly rows: number;
  readonly shape: readonly number[];
}

/** Makes `value`, a number of the word `bits` (i32) at place `lane` (u32), without its scale. */
const UNPACK: Readonly<Record<PackedKind, string>> = {
  int8: 'let value = f32((bits << (24u - 8u * lane)) >> 24u);',
  // By hand, as `unpack2x16float` may take subnormal numbers for zeros.
  f16: `
    let half = (bitcast<u32>(bits) >> (16u * lane)) & 0xffffu;
    let sign = (half & 0x8000u) << 16u;
    let normal = bitcast<f32>(sign | (((half & 0x7fffu) << 13u) + (112u << 23u)));
    let subnormal = f32(half & 0x3ffu) * select(1.0, -1.0, sign != 0u) * ${2 ** -24};
    let value = select(normal, subnormal, (half & 0x7c00u) == 0u);`,
};

/** The program of the kernel `Dequantize` as the WebGPU backend of tfjs takes it: one thread for each word. */
export class DequantizeProgram {
  readonly variableNames: string[];
  /** Its inputs, by the same names in the same order. */
  readonly tensors: readonly tf.TensorInfo[];
  readonly outputShape: number[];
  readonly shaderKey: string;
  readonly dispatchLayout = { x: [0] };
  readonly dispatch: [number, number, number];
  readonly workgroupSize: [number, number, number] = [64, 1, 1];
  readonly uniforms = 'count : i32, rows : i32, words : i32, columns : i32,';
  /** Values of the uniforms. */
  readonly sizes: { type: string; data: number[] }[];
  private readonly packing: Packing;

  constructor({ packed, scale, indices, packing, rows, shape }: ProgramCall) {
    const inputs = Object.entries({ packed, scale, indices }).filter(([, tensor]) => tensor !== undefined);
    this.packing = packing;
    this.variableNames = inputs.map(([name]) => name);
    this.tensors = inputs.map(([, tensor]) => tensor as tf.TensorInfo);
    const size = shape.reduce((product, each) => product * each, 1);
    const words = wordsPerRow(packing);
    const count = (size / packing.columns) * words;
    this.outputShape = [size];
    this.dispatch = [Math.ceil(count / this.workgroupSize[0]), 1, 1];
    this.sizes = [count, rows, words, packing.columns].map((each) => ({ type: 'int32', data: [each] }));
    this.shaderKey = `dequantize_${packing.kind}_${packing.channels}`;
  }

  getUserCode(): string {
    const { kind, channels } = this.packing;
    const scale = kind === 'f16' ? '1.0' : `scale[${channels === 'rows' ? 'source' : 'column'}]`;
    return `
      fn main(index : i32) {
        if (index >= uniforms.count) { return; }
        let row = index / uniforms.words;
        let source = ${this.variableNames.includes('indices') ? 'indices[row]' : 'row'};
        let isInside = source >= 0 && source < uniforms.rows;
        let bits = packed[source * uniforms.words + index % uniforms.words];
        for (var lane = 0u; lane < ${PER_WORD[kind]}u; lane++) {
          let column = (index % uniforms.words) * ${PER_WORD[kind]} + i32(lane);
          if (column >= uniforms.columns) { return; }
          ${UNPACK[kind]}
          result[row * uniforms.columns + column] = select(0.0, value * ${scale}, isInside);
        }
      }
    `;
  }
}

/** The same numbers as one axis. */
export function flattened({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  return { dataId, dtype, shape: [shape.reduce((size, each) => size * each, 1)] };
}
