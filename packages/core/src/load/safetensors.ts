import { CheckpointError } from '../errors.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './half.js';

/** A tensor of a file, converted to what tfjs computes with. */
export interface StoredTensor {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** Where a tensor lies in the data part of the file. */
interface Entry {
  readonly name: string;
  readonly dtype: keyof typeof READERS;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** The format's own bound on its header, in bytes. */
const MAX_HEADER = 100_000_000;

const READERS = {
  F32: { bytes: 4, dtype: 'float32', read: (raw: ArrayBuffer) => new Float32Array(raw) },
  F16: { bytes: 2, dtype: 'float32', read: (raw: ArrayBuffer) => float16ToFloat32(new Uint16Array(raw)) },
  BF16: { bytes: 2, dtype: 'float32', read: (raw: ArrayBuffer) => bfloat16ToFloat32(new Uint16Array(raw)) },
  I32: { bytes: 4, dtype: 'int32', read: (raw: ArrayBuffer) => new Int32Array(raw) },
  I64: { bytes: 8, dtype: 'int32', read: (raw: ArrayBuffer) => narrow(new BigInt64Array(raw)) },
  U8: { bytes: 1, dtype: 'int32', read: (raw: ArrayBuffer) => Int32Array.from(new Uint8Array(raw)) },
  BOOL: { bytes: 1, dtype: 'bool', read: (raw: ArrayBuffer) => new Uint8Array(raw) },
} as const;

/**
 * Reads the safetensors format. The header is checked completely first; tensors are then converted
 * one by one as the iterator is advanced.
 * @throws CheckpointError saying what is broken
 */
export function* readSafetensors(file: Uint8Array): Generator<[name: string, tensor: StoredTensor]> {
  const { entries, dataStart } = readHeader(file);
  for (const { name, dtype, shape, begin, end } of entries) {
    const reader = READERS[dtype];
    // The copy is aligned, which the file's data need not be.
    const raw = file.slice(dataStart + begin, dataStart + end).buffer as ArrayBuffer;
    yield [name, { shape, dtype: reader.dtype, values: reader.read(raw) }];
  }
}

function readHeader(file: Uint8Array): { entries: Entry[]; dataStart: number } {
  if (file.length < 8) throw broken(`it has ${file.length} bytes, fewer than a header needs`);
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > MAX_HEADER || Number(length) > file.length - 8) {
    throw broken(`its header claims ${length} bytes of a file of ${file.length}`);
  }
  const dataStart = 8 + Number(length);
  const header = parseHeader(file.subarray(8, dataStart));
  const dataLength = file.length - dataStart;
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => checkEntry(name, value, dataLength));
  checkLayout(entries, dataLength);
  return { entries, dataStart };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw broken('its header is no JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw broken('its header is no object');
  return header as Record<string, unknown>;
}

function checkEntry(name: string, value: unknown, dataLength: number): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(READERS, dtype)) {
    throw new CheckpointError(
      `The tensor '${name}' has dtype ${String(dtype)}; ${Object.keys(READERS).join(', ')} are supported.`,
    );
  }
  if (!isSizes(shape)) throw broken(`the shape of '${name}' is no list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw broken(`the offsets of '${name}' are no pair of sizes`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataLength) {
    throw broken(
      `'${name}' lies at ${begin} to ${end} of ${dataLength} bytes of data, so the file is not complete`,
    );
  }
  const known = dtype as keyof typeof READERS;
  const size = shape.reduce((product, each) => product * each, READERS[known].bytes);
  if (size !== end - begin)
    throw broken(`'${name}' has ${end - begin} bytes where its shape and dtype need ${size}`);
  return { name, dtype: known, shape, begin, end };
}

/** tfjs has no 64-bit integers. */
function narrow(values: BigInt64Array): Int32Array {
  return Int32Array.from(values, (value) => {
    if (BigInt.asIntN(32, value) !== value)
      throw new CheckpointError(`A tensor of dtype I64 holds ${value}, which is out of the range of int32.`);
    return Number(value);
  });
}

/** The format forbids overlaps and gaps. */
function checkLayout(entries: readonly Entry[], dataLength: number): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) throw broken(`'${name}' begins at ${begin} where ${position} was expected`);
    position = end;
  }
  if (position !== dataLength) throw broken(`${dataLength - position} bytes at its end belong to no tensor`);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

function broken(what: string): CheckpointError {
  return new CheckpointError(`The safetensors file is broken: ${what}.`);
}
