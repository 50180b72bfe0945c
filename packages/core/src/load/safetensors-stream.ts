import type { CheckpointError } from '../errors.js';
import { ByteReader } from './byte-reader.js';
import type { FileOptions, SourceFile } from './checkpoint-files.js';
import { NumberReader } from './number-reader.js';
import {
  broken,
  headerLength,
  PREFIX_BYTES,
  parseHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
  STORED_TYPES,
} from './safetensors-header.js';
import { forgotten, type Place, type WeightStream } from './weight-stream.js';
import type { WeightWriter } from './weight-writer.js';

/** More than the headers of all but the largest files have, so that one request gets them. */
const HEAD_BYTES = 2 ** 18;

/** A safetensors file whose header is read and checked, and whose tensors can be read in the order in which they lie. */
export class SafetensorsStream implements WeightStream {
  private constructor(
    private readonly file: SourceFile,
    readonly header: SafetensorsHeader,
    /** Stands at the first tensor, or is null if the file has to be opened again. */
    private reader: ByteReader | null,
  ) {}

  get entries(): readonly SafetensorsEntry[] {
    return this.header.entries;
  }

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

  /** @throws CheckpointError if the file ends early or late, SourceError */
  async read(place: Place<SafetensorsEntry>, options: FileOptions): Promise<void> {
    const { entries, dataLength } = this.header;
    try {
      const reader = this.reader ?? (await this.reopened(options));
      const numbers = new NumberReader(reader);
      for (const entry of entries) {
        const writer = place(entry);
        if (writer !== null) await readTensor(numbers, entry, writer);
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

async function readTensor(
  numbers: NumberReader,
  entry: SafetensorsEntry,
  writer: WeightWriter,
): Promise<void> {
  const count = (entry.end - entry.begin) / STORED_TYPES[entry.dtype].bytes;
  try {
    for await (const block of numbers.blocks(entry.dtype, count, () => cut(entry))) writer.write(block);
    writer.end();
  } catch (error) {
    writer.abort();
    throw error;
  }
}

async function take(reader: ByteReader, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  return bytes.subarray(0, await reader.fill(bytes));
}

function cut({ name }: SafetensorsEntry): CheckpointError {
  return broken(`it ends within '${name}', so it is not complete`);
}
