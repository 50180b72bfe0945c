import { CheckpointError } from '../errors.js';
import { bfloat16ToFloat32, float16ToFloat32 } from '../kernels/half.js';
import {
  headerLength,
  PREFIX_BYTES,
  parseHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
  STORED_TYPES,
  type StoredType,
} from './safetensors-header.js';

/** A tensor of a file, converted to what tfjs computes with. */
export interface StoredTensor {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: StoredValues;
}

type StoredValues = Float32Array | Int32Array | Uint8Array;

/** A file in memory whose header is read and checked. */
export interface SafetensorsFile extends SafetensorsHeader {
  /** Converts the tensor of an entry; the result holds no reference to the file. */
  read(entry: SafetensorsEntry): StoredTensor;
}

const CONVERSIONS: Readonly<Record<StoredType, (raw: ArrayBuffer) => StoredValues>> = {
  F32: (raw) => new Float32Array(raw),
  F16: (raw) => float16ToFloat32(new Uint16Array(raw)),
  BF16: (raw) => bfloat16ToFloat32(new Uint16Array(raw)),
  F64: (raw) => Float32Array.from(new Float64Array(raw)),
  I32: (raw) => new Int32Array(raw),
  I64: (raw) => narrow(new BigInt64Array(raw)),
  I16: (raw) => Int32Array.from(new Int16Array(raw)),
  I8: (raw) => Int32Array.from(new Int8Array(raw)),
  U8: (raw) => Int32Array.from(new Uint8Array(raw)),
  BOOL: (raw) => new Uint8Array(raw),
};

/**
 * Reads the safetensors format. The header is checked completely first; tensors are then converted
 * one by one as the iterator is advanced.
 * @throws CheckpointError saying what is broken
 */
export function* readSafetensors(file: Uint8Array): Generator<[name: string, tensor: StoredTensor]> {
  const { entries, read } = openSafetensors(file);
  for (const entry of entries) yield [entry.name, read(entry)];
}

/**
 * Reads and checks the header of a file in the safetensors format, with the metadata; tensors are converted when
 * they are asked for. The file must stay as it is meanwhile.
 * @throws CheckpointError saying what is broken
 */
export function openSafetensors(file: Uint8Array): SafetensorsFile {
  const dataStart = PREFIX_BYTES + headerLength(file.subarray(0, PREFIX_BYTES), file.length);
  const header = parseHeader(file.subarray(PREFIX_BYTES, dataStart), file.length - dataStart);
  return {
    ...header,
    read({ dtype, shape, begin, end }) {
      // The copy is aligned, which the file's data need not be; `slice` copies nothing where the file is a Node buffer.
      const raw = new Uint8Array(file.subarray(dataStart + begin, dataStart + end)).buffer;
      return { shape, dtype: STORED_TYPES[dtype].dtype, values: CONVERSIONS[dtype](raw) };
    },
  };
}

/** tfjs has no 64-bit integers. */
function narrow(values: BigInt64Array): Int32Array {
  return Int32Array.from(values, (value) => {
    if (BigInt.asIntN(32, value) !== value)
      throw new CheckpointError(`A tensor of dtype I64 holds ${value}, which is out of the range of int32.`);
    return Number(value);
  });
}
