import type { CheckpointError } from '../errors.js';
import { bfloat16ToFloat32, float16ToFloat32 } from '../kernels/half.js';
import { ByteReader } from './byte-reader.js';
import type { FileOptions, SourceFile } from './checkpoint-files.js';
import {
  broken,
  headerLength,
  PREFIX_BYTES,
  parseHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
  STORED_TYPES,
} from './safetensors-header.js';
import { writesDone } from './tensor-writer.js';
import type { WeightWriter } from './weight-writer.js';

/** Types of numbers whose tensors are read in parts. */
export type StreamedType = 'F32' | 'F16' | 'BF16';

/** How many numbers are converted at a time. */
const BLOCK = 2 ** 20;

/** How many bytes a GPU may have been given that it has not taken yet. */
const UNTAKEN_BYTES = 2 ** 26;

/** More than the headers of all but the largest files have, so that one request gets them. */
const HEAD_BYTES = 2 ** 18;

/** A safetensors file whose header is read and checked, and whose tensors can be read in the order in which they lie. */
export class SafetensorsStream {
  private constructor(
    private readonly file: SourceFile,
    readonly header: SafetensorsHeader,
    /** Stands at the first tensor, or is null if the file has to be opened again. */
    private reader: ByteReader | null,
  ) {}

  /**
   * Reads the header. `goOn` says that the tensors will be read next, so that one request is enough.
   * @throws CheckpointError saying what is broken, SourceError
   */
  static async open(file: SourceFile, goOn: boolean, options: FileOptions): Promise<SafetensorsStream> {
    const end = goOn ? undefined : HEAD_BYTES;
    // What is read twice counts once.
    const read = goOn ? options : { ...options, onBytes: undefined };
    let reader = new ByteReader(file.parts({ ...read, end }));
    try {
      const length = headerLength(await take(reader, PREFIX_BYTES), file.size);
      if (end !== undefined && PREFIX_BYTES + length > end) {
        await reader.close();
        reader = new ByteReader(file.parts({ ...read, end: PREFIX_BYTES + length }));
        await reader.skip(PREFIX_BYTES);
      }
      const bytes = await take(reader, length);
      if (bytes.length < length) throw broken('it ends within its header');
      const header = parseHeader(bytes, file.size === null ? null : file.size - reader.position);
      if (!goOn) await reader.close();
      return new SafetensorsStream(file, header, goOn ? reader : null);
    } catch (error) {
      await reader.close();
      throw await forgotten(file, error);
    }
  }

  /**
   * Reads all tensors; those for which `place` gives null are passed over. The numbers arrive as float32.
   * @throws CheckpointError if the file ends early or late, SourceError
   */
  async read(place: (entry: SafetensorsEntry) => WeightWriter | null, options: FileOptions): Promise<void> {
    const { entries, dataLength } = this.header;
    try {
      const reader = this.reader ?? (await this.reopened(options));
      const numbers = new NumberReader(reader);
      for (const entry of entries) {
        const writer = place(entry);
        if (writer !== null) await numbers.read(entry, writer);
        else if ((await reader.skip(entry.end - entry.begin)) < entry.end - entry.begin) throw cut(entry);
      }
      // Reading on to the end is also what has the file's hash checked.
      if ((await reader.fill(new Uint8Array(1))) > 0)
        throw broken(`it has more than the ${dataLength} bytes of its tensors`);
    } catch (error) {
      throw await forgotten(this.file, error);
    } finally {
      await this.close();
    }
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.reader?.close();
    this.reader = null;
    this.file.close();
  }

  private async reopened(options: FileOptions): Promise<ByteReader> {
    this.reader = new ByteReader(this.file.parts(options));
    const length = headerLength(await take(this.reader, PREFIX_BYTES), this.file.size);
    await this.reader.skip(length);
    return this.reader;
  }
}

/** Reads numbers in blocks, into memory that it uses again and again. */
class NumberReader {
  private readonly raw = new Uint8Array(BLOCK * 4);
  private readonly converted = new Float32Array(BLOCK);
  private untaken = 0;

  constructor(private readonly reader: ByteReader) {}

  async read(entry: SafetensorsEntry, writer: WeightWriter): Promise<void> {
    const width = STORED_TYPES[entry.dtype].bytes;
    try {
      for (let left = (entry.end - entry.begin) / width; left > 0; ) {
        const count = Math.min(left, BLOCK);
        const bytes = this.raw.subarray(0, count * width);
        if ((await this.reader.fill(bytes)) < bytes.length) throw cut(entry);
        writer.write(this.floats(entry.dtype as StreamedType, count));
        left -= count;
        await this.wrote(count * 4);
      }
      writer.end();
    } catch (error) {
      writer.abort();
      throw error;
    }
  }

  private floats(type: StreamedType, count: number): Float32Array {
    const { buffer } = this.raw;
    switch (type) {
      case 'F32':
        return new Float32Array(buffer, 0, count);
      case 'F16':
        return float16ToFloat32(new Uint16Array(buffer, 0, count), this.converted.subarray(0, count));
      case 'BF16':
        return bfloat16ToFloat32(new Uint16Array(buffer, 0, count), this.converted.subarray(0, count));
    }
  }

  private async wrote(bytes: number): Promise<void> {
    this.untaken += bytes;
    if (this.untaken < UNTAKEN_BYTES) return;
    await writesDone();
    this.untaken = 0;
  }
}

async function take(reader: ByteReader, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  return bytes.subarray(0, await reader.fill(bytes));
}

function cut({ name }: SafetensorsEntry): CheckpointError {
  return broken(`it ends within '${name}', so it is not complete`);
}

/** A copy of a broken file is of no use. */
async function forgotten(file: SourceFile, error: unknown): Promise<unknown> {
  if ((error as { code?: string }).code === 'checkpoint') await file.forget();
  return error;
}
