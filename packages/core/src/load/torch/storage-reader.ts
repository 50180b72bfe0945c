import type { NumberReader } from '../number-reader.js';
import type { Place } from '../weight-stream.js';
import type { WeightWriter } from '../weight-writer.js';
import { broken } from './broken.js';
import type { StateDict, TorchEntry } from './state-dict.js';
import { StridedWriter } from './strided-writer.js';
import type { TorchStorage } from './torch-tensor.js';
import type { ZipRecord, ZipStream } from './zip-stream.js';

/** A weight that is being written, and where its numbers lie in the storage. */
interface OpenWeight {
  readonly begin: number;
  readonly end: number;
  readonly writer: WeightWriter;
}

/** Reads the numbers of storages, and gives each weight those that it is a view of. */
export class StorageReader {
  private readonly unread: Map<string, TorchStorage>;
  private readonly views = new Map<TorchStorage, TorchEntry[]>();

  constructor(
    { entries, storages }: StateDict,
    private readonly numbers: NumberReader,
    private readonly zip: ZipStream,
  ) {
    this.unread = new Map(storages);
    for (const storage of storages.values()) this.views.set(storage, []);
    for (const entry of entries) this.views.get(entry.tensor.storage)?.push(entry);
  }

  /** Reads the storage of a key, which a record has. @throws CheckpointError */
  async read(key: string, record: ZipRecord, place: Place<TorchEntry>): Promise<void> {
    const storage = this.unread.get(key);
    if (storage === undefined)
      throw broken(`nothing tells what its record '${record.name}' is, or it is there twice`);
    this.unread.delete(key);
    const open: OpenWeight[] = [];
    try {
      for (const entry of this.views.get(storage) ?? []) {
        const writer = place(entry);
        if (writer !== null) open.push(openWeight(entry, writer));
      }
      if (open.length === 0) await this.passOver(storage, record);
      else await this.write(storage, record, open);
      await this.zip.end(record, storage.bytes);
      for (const { writer } of open) writer.end();
    } catch (error) {
      for (const { writer } of open) writer.abort();
      throw error;
    }
  }

  /** @throws CheckpointError if numbers of a tensor have not come */
  checkAllRead(): void {
    const [left] = this.unread.values();
    if (left !== undefined) throw broken(`it lacks the record 'data/${left.key}' with numbers`);
  }

  private async write(storage: TorchStorage, record: ZipRecord, open: readonly OpenWeight[]): Promise<void> {
    let position = 0;
    for await (const block of this.numbers.blocks(storage.dtype, storage.size, () => cut(record))) {
      for (const { begin, end, writer } of open) {
        const part = block.subarray(Math.max(0, begin - position), Math.max(0, end - position));
        if (part.length > 0) writer.write(part);
      }
      position += block.length;
    }
  }

  private async passOver({ bytes }: TorchStorage, record: ZipRecord): Promise<void> {
    if ((await this.zip.skip(bytes)) < bytes) throw cut(record);
  }
}

function openWeight({ tensor }: TorchEntry, writer: WeightWriter): OpenWeight {
  const { offset: begin, span, isContiguous } = tensor;
  return { begin, end: begin + span, writer: isContiguous ? writer : new StridedWriter(tensor, writer) };
}

function cut({ name }: ZipRecord): Error {
  return broken(`it ends within '${name}', so it is not complete`);
}
