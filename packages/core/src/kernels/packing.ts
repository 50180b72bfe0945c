import { float16ToFloat32, float32ToFloat16 } from './half.js';

/** How the numbers of a matrix are packed into int32 words: two float16 or four int8 each. */
export type PackedKind = 'f16' | 'int8';

/** How a matrix lies in words. */
export interface Packing {
  readonly kind: PackedKind;
  readonly columns: number;
  /** Which way its output channels lie: each of its rows is one, or each of its columns. */
  readonly channels: 'rows' | 'columns';
}

/** Rows of a matrix as words; each row begins with a new word. */
export interface PackedRows {
  readonly words: Int32Array;
  /** The float32 that the int8 numbers of each channel are multiplied with; null for float16. */
  readonly scale: Float32Array | null;
}

/** How many numbers a word holds. */
export const PER_WORD: Readonly<Record<PackedKind, number>> = { f16: 2, int8: 4 };

/** How many words a row takes. */
export function wordsPerRow({ kind, columns }: Packing): number {
  return Math.ceil(columns / PER_WORD[kind]);
}

/**
 * Packs whole rows of a row-major matrix. float16 is rounded to the nearest, ties to even. int8 is symmetric: the
 * largest magnitude of a channel becomes ±127, the others the nearest multiple of a 127th of it, ties to even.
 * @throws RangeError for numbers that are not finite or, for float16, too large
 */
export function packRows(values: Float32Array, packing: Packing): PackedRows {
  return packing.kind === 'f16' ? packFloat16(values, packing) : packInt8(values, packing);
}

/** The float32 numbers that packed rows stand for. */
export function unpackRows({ words, scale }: PackedRows, packing: Packing): Float32Array {
  const { kind, columns } = packing;
  const width = wordsPerRow(packing) * PER_WORD[kind];
  const rows = words.length / wordsPerRow(packing);
  const bytes = words.slice().buffer;
  const stored = kind === 'f16' ? float16ToFloat32(new Uint16Array(bytes)) : new Int8Array(bytes);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const step = scale === null ? 1 : (scale[channelOf(packing, row, column)] as number);
      values[row * columns + column] = step * (stored[row * width + column] as number);
    }
  }
  return values;
}

function packFloat16(values: Float32Array, packing: Packing): PackedRows {
  const { columns } = packing;
  const halves = float32ToFloat16(values);
  const isUnfit = (half: number) => (half & INFINITE_HALF) === INFINITE_HALF;
  const unfit = halves.findIndex(isUnfit);
  if (unfit >= 0) throw new RangeError(`${values[unfit]} is no float16`);
  const width = wordsPerRow(packing) * PER_WORD.f16;
  const rows = values.length / columns;
  const packed = new Uint16Array(rows * width);
  for (let row = 0; row < rows; row += 1)
    packed.set(halves.subarray(row * columns, (row + 1) * columns), row * width);
  return { words: new Int32Array(packed.buffer), scale: null };
}

/** The bits that are all set in halves that are infinite or no numbers. */
const INFINITE_HALF = 0x7c00;

function packInt8(values: Float32Array, packing: Packing): PackedRows {
  const { columns } = packing;
  const rows = values.length / columns;
  const scale = scalesOf(values, packing);
  const width = wordsPerRow(packing) * PER_WORD.int8;
  const packed = new Int8Array(rows * width);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const step = scale[channelOf(packing, row, column)] as number;
      if (step === 0) continue;
      const multiple = roundToEven((values[row * columns + column] as number) / step);
      packed[row * width + column] = Math.max(-127, Math.min(127, multiple));
    }
  }
  return { words: new Int32Array(packed.buffer), scale };
}

/** A 127th of the largest magnitude of each channel. */
function scalesOf(values: Float32Array, packing: Packing): Float32Array {
  const { columns, channels } = packing;
  const rows = values.length / columns;
  const scale = new Float32Array(channels === 'rows' ? rows : columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column] as number;
      if (!Number.isFinite(value)) throw new RangeError(`${value} is no int8`);
      const channel = channelOf(packing, row, column);
      scale[channel] = Math.max(scale[channel] as number, Math.abs(value));
    }
  }
  return scale.map((largest) => Math.min(largest / 127, MAX_SCALE));
}

/** The largest float32 of which 127 are no infinity. */
const MAX_SCALE = 2.6793883890187504e36;

function channelOf({ channels }: Packing, row: number, column: number): number {
  return channels === 'rows' ? row : column;
}

/** Adding this much leaves no bits after the point: rounds to the nearest whole number, ties to even. */
const NO_FRACTION = 1.5 * 2 ** 52;

function roundToEven(value: number): number {
  return value + NO_FRACTION - NO_FRACTION;
}
