import { CheckpointError } from '../errors.js';
import { parseJson } from './json-text.js';

/** The types of numbers that are read, with the bytes of one and the dtype that it gets here. */
export const STORED_TYPES = {
  F32: { bytes: 4, dtype: 'float32' },
  F16: { bytes: 2, dtype: 'float32' },
  BF16: { bytes: 2, dtype: 'float32' },
  F64: { bytes: 8, dtype: 'float32' },
  I32: { bytes: 4, dtype: 'int32' },
  I64: { bytes: 8, dtype: 'int32' },
  I16: { bytes: 2, dtype: 'int32' },
  I8: { bytes: 1, dtype: 'int32' },
  U8: { bytes: 1, dtype: 'int32' },
  BOOL: { bytes: 1, dtype: 'bool' },
} as const;

/** The format's name for a type of numbers: `F32`, `BOOL`. */
export type StoredType = keyof typeof STORED_TYPES;

/** What the header of a file says of a tensor. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: number[];
  /** Where its numbers lie in the data part of the file. */
  readonly begin: number;
  readonly end: number;
}

/** The checked header of a file. */
export interface SafetensorsHeader {
  /** The texts that the file carries besides its tensors. */
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order in which they lie in the file. */
  readonly entries: readonly SafetensorsEntry[];
  /** Bytes of all tensors. */
  readonly dataLength: number;
}

/** The format's own bound on its header, in bytes. */
export const MAX_HEADER = 100_000_000;

/** Bytes of the number at the start of a file, which is the length of the header. */
export const PREFIX_BYTES = 8;

/** The key of the header that is no tensor. */
export const METADATA = '__metadata__';

/** The header nests three levels deep; what is deeper is no header. */
const MAX_DEPTH = 8;

/**
 * The length of the header, of which the first 8 bytes of a file tell. `size` is that of the file, where known.
 * @throws CheckpointError if that cannot be
 */
export function headerLength(prefix: Uint8Array, size: number | null): number {
  if (prefix.length < PREFIX_BYTES) throw broken(`it has ${prefix.length} bytes, fewer than a header needs`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER || (size !== null && Number(length) > size - PREFIX_BYTES))
    throw broken(`its header claims ${length} bytes of a file of ${size ?? 'unknown size'}`);
  return Number(length);
}

/**
 * Checks a header completely. `dataLength` is the number of bytes after it in the file, where known.
 * @throws CheckpointError saying what is broken
 */
export function parseHeader(bytes: Uint8Array, dataLength: number | null): SafetensorsHeader {
  const header = parseObject(bytes);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => checkEntry(name, value, dataLength))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  return { metadata: textsOf(header[METADATA]), entries, dataLength: checkLayout(entries, dataLength) };
}

export function broken(what: string): CheckpointError {
  return new CheckpointError(`The safetensors file is broken: ${what}.`);
}

/** The format allows texts only; what else a file has there is left out. */
function textsOf(metadata: unknown): Map<string, string> {
  if (typeof metadata !== 'object' || metadata === null) return new Map();
  return new Map(
    Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
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

function checkEntry(name: string, value: unknown, dataLength: number | null): SafetensorsEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(STORED_TYPES, dtype)) {
    throw new CheckpointError(
      `The tensor '${name}' has dtype ${String(dtype)}; ${Object.keys(STORED_TYPES).join(', ')} are supported.`,
    );
  }
  if (!isSizes(shape)) throw broken(`the shape of '${name}' is no list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw broken(`the offsets of '${name}' are no pair of sizes`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > (dataLength ?? Number.POSITIVE_INFINITY)) {
    throw broken(
      `'${name}' lies at ${begin} to ${end} of ${dataLength ?? 'the'} bytes of data, so the file is not complete`,
    );
  }
  const known = dtype as StoredType;
  const size = shape.reduce((product, each) => product * each, STORED_TYPES[known].bytes);
  if (size !== end - begin)
    throw broken(`'${name}' has ${end - begin} bytes where its shape and dtype need ${size}`);
  return { name, dtype: known, shape, begin, end };
}

/** The format forbids overlaps and gaps. Returns the length of all data. */
function checkLayout(entries: readonly SafetensorsEntry[], dataLength: number | null): number {
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) throw broken(`'${name}' begins at ${begin} where ${position} was expected`);
    position = end;
  }
  if (dataLength !== null && position !== dataLength)
    throw broken(`${dataLength - position} bytes at its end belong to no tensor`);
  return position;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}
