import { type PackedKind, type Packing, wordsPerRow } from '../kernels/packing.js';

/** How the numbers of a model's matrices are kept: as float32, float16, or int8 with a scale for each output channel. */
export type WeightKind = 'f32' | PackedKind;

/**
 * How a module holds a matrix `[rows, columns]` that is not one float32 variable `weight`. Plain data, so that it is
 * saved with the module. One part is called `weight`, several are `weight_0`, `weight_1`, …
 */
export interface WeightLayout extends Omit<Packing, 'kind'> {
  readonly kind: WeightKind;
  /** How many rows each part has, in their order. */
  readonly parts: readonly number[];
}

/** What a module needs to say of its matrix to have it laid out. */
export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
  readonly channels: Packing['channels'];
}

const BYTES_PER_NUMBER = 4;

/**
 * Unpacked, no part of a packed matrix is larger than every WebGPU device can bind. So the parts, and with them the paths
 * of nodes, are the same on all of them.
 */
const MAX_UNPACKED_BYTES = 2 ** 27;

/**
 * The layout of a matrix whose parts are tensors of at most `maxBytes`, also when they are unpacked; null where it is
 * just one float32 variable, and undefined where there is none: only matrices whose rows are output channels can be split.
 */
export function layoutOf(
  { rows, columns, channels }: MatrixShape,
  kind: WeightKind,
  maxBytes: number,
): WeightLayout | null | undefined {
  const largest = kind === 'f32' ? maxBytes : Math.min(maxBytes, MAX_UNPACKED_BYTES);
  const rowsPerPart = Math.floor(largest / (columns * BYTES_PER_NUMBER));
  const count = Math.max(1, Math.ceil(rows / rowsPerPart));
  if (count > 1 && (channels === 'columns' || rowsPerPart === 0)) return undefined;
  if (count === 1 && kind === 'f32') return null;
  return { kind, columns, channels, parts: evenly(rows, count) };
}

/** Whole numbers that add up to `total` and differ by one at most: a GPU's buffers are reused by their size. */
function evenly(total: number, count: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => Math.floor(((i + 1) * total) / count) - Math.floor((i * total) / count),
  );
}

/** The property that a part would be, were it a float32 variable. */
export function partName({ parts }: WeightLayout, part: number): string {
  return parts.length === 1 ? 'weight' : `weight_${part}`;
}

/** The properties for a part's words and scales. */
export const packedName = (part: string) => `${part}_packed`;
export const scaleName = (part: string) => `${part}_scale`;

/** A variable that holds a part or something of it. */
export interface HeldTensor {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32';
}

/** The variables that hold a part, by the properties they are. */
export function heldTensors(layout: WeightLayout, part: number): HeldTensor[] {
  const { kind, columns, channels } = layout;
  const rows = layout.parts[part] as number;
  const name = partName(layout, part);
  if (kind === 'f32') return [{ name, shape: [rows, columns], dtype: 'float32' }];
  const words = wordsPerRow({ kind, columns, channels });
  const packed: HeldTensor = { name: packedName(name), shape: [rows, words], dtype: 'int32' };
  if (kind === 'f16') return [packed];
  const shape = channels === 'rows' ? [rows, 1] : [1, columns];
  return [packed, { name: scaleName(name), shape, dtype: 'float32' }];
}
