import { CheckpointError } from '../errors.js';
import { bfloat16ToFloat32, float16ToFloat32 } from './half.js';
import { parseJson } from './json-text.js';

/** A tensor of a file, converted to what tfjs computes with. */
export interface StoredTensor {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** What the header of a file says of a tensor. */
export interface SafetensorsEntry {
  readonly name: string;
  /** The format's name for the type of its numbers: `F32`, `BOOL`. */
  readonly dtype: keyof typeof READERS;
  readonly shape: number[];
}

/** A file whose header is read and checked. */
export interface SafetensorsFile {
  /** The texts that the file carries besides its tensors. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: readonly SafetensorsEntry[];
  /** Converts the tensor of an entry; the result holds no reference to the file. */
  read(entry: SafetensorsEntry): StoredTensor;
}

/** Where a tensor lies in the data part of the file. */
interface Entry extends SafetensorsEntry {
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: readonly Entry[];
  readonly dataStart: number;
}

/** The format's own bound on its header, in bytes. */
export const MAX_HEADER = 100_000_000;

/** The key of the header that is no tensor. */
export const METADATA = '__metadata__';

/** The header nests three levels deep; what is deeper is no header. */
const MAX_DEPTH = 8;

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
  const { entries, read } = openSafetensors(file);
  for (const entry of entries) yield [entry.name, read(entry)];
}

/**
 * Reads and checks the header of a file in the safetensors format, with the metadata; tensors are converted when
 * they are asked for. The file must stay as it is meanwhile.
 * @throws CheckpointError saying what is broken
 */
export function openSafetensors(file: Uint8Array): SafetensorsFile {
  const { metadata, entries, dataStart } = readHeader(file);
  return {
    metadata,
    entries,
    read(entry) {
      const { dtype, shape, begin, end } = entry as Entry;
      const reader = READERS[dtype];
      // The copy is aligned, which the file's data need not be; `slice` copies nothing where the file is a Node buffer.
      const raw = new Uint8Array(file.subarray(dataStart + begin, dataStart + end)).buffer;
      return { shape, dtype: reader.dtype, values: reader.read(raw) };
    },
  };
}

function readHeader(file: Uint8Array): Header {
  if (file.length < 8) throw broken(`it has ${file.length} bytes, fewer than a header needs`);
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > MAX_HEADER || Number(length) > file.length - 8) {
    throw broken(`its header claims ${length} bytes of a file of ${file.length}`);
  }
  const dataStart = 8 + Number(length);
  const header = parseHeader(file.subarray(8, dataStart));
  const dataLength = file.length - dataStart;
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => checkEntry(name, value, dataLength));
  checkLayout(entries, dataLength);
  return { metadata: textsOf(header[METADATA]), entries, dataStart };
}

/** The format allows texts only; what else a file has there is left out. */
function textsOf(metadata: unknown): Map<string, string> {
  if (typeof metadata !== 'object' || metadata === null) return new Map();
  return new Map(
    Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), MAX_DEPTH);
  } catch (error) {
    throw broken(`its header is no JSON (${(error as Error).message})`);
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
