import { CheckpointError } from '../../errors.js';
import { ByteReader } from '../byte-reader.js';
import type { FileOptions, SourceFile } from '../checkpoint-files.js';
import { NumberReader } from '../number-reader.js';
import { forgotten, type Place, type WeightStream } from '../weight-stream.js';
import { broken } from './broken.js';
import { readStateDict, type StateDict, type TorchEntry } from './state-dict.js';
import { StorageReader } from './storage-reader.js';
import { type ZipRecord, ZipStream } from './zip-stream.js';

/** The longest pickle, and the longest of the small records beside it; a hundred tensors take about 20 KB. */
const MOST_PICKLE = 2 ** 22;
const MOST_ASIDE = 2 ** 16;

/** More than the start of all but the largest files has up to the numbers, so that one request gets it. */
const HEAD_BYTES = 2 ** 18;
const MOST_HEAD = HEAD_BYTES + MOST_PICKLE;

/** What files begin with: zip files, and those of torch before 1.6, which are a pickled integer of ten bytes at first. */
const ZIP = 0x504b0304;
const LEGACY = 0x80028a0a;

/**
 * A file that torch.save has written of a state dict. The pickle at its start says what tensors there are; their numbers
 * follow in records of their own, in any order. Source: PyTorch's `torch/serialization.py` and
 * `caffe2/serialize/inline_container.cc`.
 */
export class TorchStream implements WeightStream {
  private constructor(
    private readonly file: SourceFile,
    private readonly stateDict: StateDict,
    /** Stands after the pickle, or is null if the file has to be opened again. */
    private zip: ZipStream | null,
  ) {}

  get entries(): readonly TorchEntry[] {
    return this.stateDict.entries;
  }

  /**
   * Reads the file up to its numbers. `goOn` says that these will be read next, so that one request is enough.
   * @throws CheckpointError saying what is broken or not supported, SourceError
   */
  static async open(file: SourceFile, goOn: boolean, options: FileOptions): Promise<TorchStream> {
    if (goOn) return TorchStream.upTo(undefined, file, options);
    // What is read twice counts once.
    return TorchStream.upTo(HEAD_BYTES, file, { ...options, onBytes: undefined });
  }

  /** @throws CheckpointError if the file ends early, lacks numbers, or has others than its checksums say; SourceError */
  async read(place: Place<TorchEntry>, options: FileOptions): Promise<void> {
    try {
      this.zip ??= await ZipStream.over(new ByteReader(this.file.parts(options)));
      const { zip } = this;
      const storages = new StorageReader(this.stateDict, new NumberReader(zip), zip);
      for (let record = await zip.next(); record !== null; record = await zip.next()) {
        const key = storageKey(record.name);
        if (key === null) await readAside(zip, record);
        else await storages.read(key, record, place);
      }
      storages.checkAllRead();
      // Reading on to the end is also what has the file's hash checked.
      await zip.finish();
    } catch (error) {
      throw await forgotten(this.file, error);
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.zip?.close();
    this.zip = null;
    this.file.close();
  }

  private static async upTo(
    end: number | undefined,
    file: SourceFile,
    options: FileOptions,
  ): Promise<TorchStream> {
    const reader = new ByteReader(file.parts({ ...options, end }));
    try {
      await checkBeginning(reader);
      const zip = await ZipStream.over(reader);
      const stateDict = await findStateDict(zip);
      if (end !== undefined) await reader.close();
      return new TorchStream(file, stateDict, end === undefined ? zip : null);
    } catch (error) {
      const isTooShort = end === HEAD_BYTES && reader.position >= end;
      await reader.close();
      if (isTooShort) return TorchStream.upTo(MOST_HEAD, file, options);
      throw await forgotten(file, error);
    }
  }
}

/** Reads the records up to the pickle. */
async function findStateDict(zip: ZipStream): Promise<StateDict> {
  for (let record = await zip.next(); record !== null; record = await zip.next()) {
    if (storageKey(record.name) !== null) {
      throw new CheckpointError(
        'The PyTorch file has numbers before its data.pkl, as TorchScript has; a state dict that torch.save has written is supported.',
      );
    }
    const bytes = await readAside(zip, record);
    if (isPickle(record)) return readStateDict(bytes);
  }
  throw broken('it has no data.pkl');
}

async function checkBeginning(reader: ByteReader): Promise<void> {
  const bytes = new Uint8Array(4);
  const beginning = bytes.subarray(0, await reader.fill(bytes));
  reader.unread(beginning);
  const number = new DataView(bytes.buffer).getUint32(0);
  if (number === ZIP) return;
  if (number === LEGACY) {
    throw new CheckpointError(
      "The PyTorch file is of the format before torch 1.6, which is not supported. Save it again with a newer torch, or as safetensors; on the Hub, a revision that has model.safetensors, such as 'refs/pr/1', can be loaded instead.",
    );
  }
  throw broken('it begins like nothing that torch.save writes');
}

/** All bytes of a record without numbers. */
async function readAside(zip: ZipStream, record: ZipRecord): Promise<Uint8Array> {
  const bytes = await zip.whole(record, isPickle(record) ? MOST_PICKLE : MOST_ASIDE);
  if (record.name.endsWith('/byteorder') && new TextDecoder().decode(bytes) !== 'little') {
    throw new CheckpointError(
      'The PyTorch file has its numbers in big-endian order, which is not supported.',
    );
  }
  return bytes;
}

function isPickle({ name }: ZipRecord): boolean {
  return /^[^/]+\/data\.pkl$/.test(name);
}

/** The key of the storage whose numbers a record has, or null. */
function storageKey(name: string): string | null {
  return /^[^/]+\/data\/([^/]+)$/.exec(name)?.[1] ?? null;
}
