import { CheckpointError } from '../errors.js';
import { MAX_HEADER, METADATA } from './safetensors-header.js';

/** A tensor to be written. `read` gives its numbers in the machine's (little-endian) order when they are needed. */
export interface WrittenTensor {
  readonly name: string;
  readonly dtype: keyof typeof BYTES;
  readonly shape: readonly number[];
  read(): Promise<Float32Array | Int32Array | Uint8Array>;
}

const BYTES = { F32: 4, I32: 4, BOOL: 1 } as const;

/** Tensor data begins at a multiple of this, as other readers map it into memory. */
const ALIGNMENT = 8;

/**
 * A file in the safetensors format with `metadata` beside the tensors. The same tensors and metadata give the same
 * bytes. Only one tensor at a time is read.
 * @throws CheckpointError for names that are taken twice, a header above the format's bound, and numbers that do not fit a shape
 */
export async function writeSafetensors(
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  // Numbers of four bytes first, so that all lie at multiples of their size.
  const placed = [...tensors].sort((a, b) => BYTES[b.dtype] - BYTES[a.dtype]);
  const entries: [name: string, entry: unknown][] = [[METADATA, metadata]];
  let end = 0;
  for (const { name, dtype, shape } of placed) {
    const begin = end;
    end += shape.reduce((size, each) => size * each, BYTES[dtype]);
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const names = new Set(entries.map(([name]) => name));
  if (names.size < entries.length) throw new CheckpointError('Two tensors to be written have the same name.');
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerSize = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  if (headerSize > MAX_HEADER) {
    throw new CheckpointError(
      `The header would have ${headerSize} bytes; the safetensors format allows ${MAX_HEADER}.`,
    );
  }
  const file = new Uint8Array(8 + headerSize + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerSize), true);
  file.fill(0x20, 8, 8 + headerSize);
  file.set(header, 8);
  await writeData(placed, file.subarray(8 + headerSize));
  return file;
}

async function writeData(tensors: readonly WrittenTensor[], data: Uint8Array): Promise<void> {
  let position = 0;
  for (const { name, dtype, shape, read } of tensors) {
    const values = await read();
    const size = shape.reduce((product, each) => product * each, BYTES[dtype]);
    if (values.byteLength !== size) {
      throw new CheckpointError(
        `'${name}' has ${values.byteLength} bytes where its shape and dtype need ${size}.`,
      );
    }
    data.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += size;
  }
}
