import { CheckpointError } from '../../errors.js';
import type { ByteReader } from '../byte-reader.js';
import { joined } from '../checkpoint-files.js';
import type { ByteSource } from '../number-reader.js';
import { broken } from './broken.js';
import { type Crc32, makeCrc32 } from './crc32.js';

/** What the local header of a record says. */
export interface ZipRecord {
  readonly name: string;
  /** Null where both follow the bytes, in a descriptor. */
  readonly sizeAndCrc: { size: number; crc: number } | null;
  /** Whether a descriptor has sizes of 8 bytes instead of 4. */
  readonly isZip64: boolean;
}

/** Numbers that the parts of a zip file begin with. Source: PKWARE's APPNOTE 6.3, section 4.3. */
const LOCAL_HEADER = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL_HEADER = 0x02014b50;
const ZIP64_END = 0x06064b50;
const END = 0x06054b50;

/** Bytes of a local header after its first four, and of the end of a file without a comment. */
const LOCAL_BYTES = 26;
const END_BYTES = 22;

/** A size that stands in the extra field of that id. */
const ELSEWHERE = 0xffffffff;
const ZIP64_EXTRA = 1;

/** How much is looked through at a time for a descriptor. */
const STEP = 2 ** 16;

/**
 * Reads the records of a zip file that are not compressed one after the other, from the start of the file, as it must be
 * where only the next bytes are at hand. Other readers begin at the directory at the end.
 */
export class ZipStream implements ByteSource {
  /** Whether all bytes of the record have gone into the checksum. */
  private isSummed = true;

  private constructor(
    private readonly reader: ByteReader,
    private readonly crc: Crc32,
  ) {}

  static async over(reader: ByteReader): Promise<ZipStream> {
    return new ZipStream(reader, await makeCrc32());
  }

  /** The next record, whose bytes then have to be read; null after the last one. @throws CheckpointError */
  async next(): Promise<ZipRecord | null> {
    const at = this.reader.position;
    const signature = uint32(await this.take(4, 'a record'), 0);
    if (signature === CENTRAL_HEADER || signature === ZIP64_END || signature === END) return null;
    if (signature !== LOCAL_HEADER) throw broken(`no record begins at byte ${at}`);
    const header = await this.take(LOCAL_BYTES, 'a record');
    const view = new DataView(header.buffer);
    const name = new TextDecoder().decode(await this.take(view.getUint16(22, true), 'a name'));
    const zip64 = zip64Field(await this.take(view.getUint16(24, true), `'${name}'`));
    const flags = view.getUint16(2, true);
    if ((flags & 1) !== 0 || view.getUint16(4, true) !== 0) {
      throw new CheckpointError(
        `The record '${name}' of the PyTorch file is compressed or encrypted, which torch.save does not do.`,
      );
    }
    this.crc.begin();
    this.isSummed = true;
    if ((flags & 8) !== 0) return { name, sizeAndCrc: null, isZip64: zip64 !== null };
    const short = view.getUint32(18, true);
    const size = short === ELSEWHERE && zip64 !== null && zip64.length >= 8 ? uint64(zip64, 0) : short;
    return { name, sizeAndCrc: { size, crc: view.getUint32(10, true) }, isZip64: false };
  }

  /** All bytes of a record that has at most `most`. @throws CheckpointError */
  async whole(record: ZipRecord, most: number): Promise<Uint8Array> {
    const { name, sizeAndCrc } = record;
    if ((sizeAndCrc?.size ?? 0) > most) throw tooLong(name, most);
    const bytes =
      sizeAndCrc === null ? await this.found(record, most) : await this.take(sizeAndCrc.size, `'${name}'`);
    this.crc.add(bytes);
    await this.end(record, bytes.length);
    return bytes;
  }

  /** The next bytes of a record whose size is known from elsewhere. */
  async fill(target: Uint8Array): Promise<number> {
    const count = await this.reader.fill(target);
    this.crc.add(target.subarray(0, count));
    return count;
  }

  /** Passes over bytes of such a record. */
  async skip(count: number): Promise<number> {
    this.isSummed = false;
    return this.reader.skip(count);
  }

  /** Goes on after the bytes of a record. @throws CheckpointError unless it has that size, and these bytes */
  async end(record: ZipRecord, size: number): Promise<void> {
    const stated = record.sizeAndCrc ?? (await this.descriptor(record));
    if (stated.size !== size)
      throw broken(`its record '${record.name}' has ${stated.size} bytes where ${size} were expected`);
    // torch writes 0 where it was told to compute none.
    if (stated.crc !== 0 && this.isSummed && this.crc.end() !== stated.crc)
      throw broken(`the bytes of its record '${record.name}' do not match their checksum`);
  }

  /** Reads on to the end of the file, after the last record. @throws CheckpointError if it is cut */
  async finish(): Promise<void> {
    const block = new Uint8Array(STEP);
    let last: Uint8Array = new Uint8Array(0);
    for (let count = STEP; count === STEP; ) {
      count = await this.reader.fill(block);
      last = joined([last, block.subarray(0, count)]).subarray(-END_BYTES);
    }
    if (last.length < END_BYTES || uint32(last, 0) !== END) throw broken('it ends within its directory');
  }

  /** Stops reading. */
  close(): Promise<void> {
    return this.reader.close();
  }

  private async descriptor({ name, isZip64 }: ZipRecord): Promise<{ size: number; crc: number }> {
    const bytes = await this.take(isZip64 ? 24 : 16, `'${name}'`);
    if (uint32(bytes, 0) !== DESCRIPTOR) throw broken(`its record '${name}' does not end where it should`);
    return { size: isZip64 ? uint64(bytes, 16) : uint32(bytes, 12), crc: uint32(bytes, 4) };
  }

  /** The bytes before the next descriptor that tells how many they are. */
  private async found({ name, isZip64 }: ZipRecord, most: number): Promise<Uint8Array> {
    const block = new Uint8Array(STEP);
    const length = isZip64 ? 24 : 16;
    let bytes: Uint8Array = new Uint8Array(0);
    for (let from = 0; ; ) {
      const count = await this.reader.fill(block);
      bytes = joined([bytes, block.subarray(0, count)]);
      for (let at = bytes.indexOf(0x50, from); at >= 0; at = bytes.indexOf(0x50, at + 1)) {
        if (at + length > bytes.length) break;
        const size = isZip64 ? uint64(bytes, at + 16) : uint32(bytes, at + 12);
        if (uint32(bytes, at) !== DESCRIPTOR || size !== at) continue;
        this.reader.unread(bytes.subarray(at));
        return bytes.slice(0, at);
      }
      if (count === 0) throw broken(`it ends within '${name}'`);
      if (bytes.length > most + length) throw tooLong(name, most);
      from = Math.max(0, bytes.length - length);
    }
  }

  private async take(count: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(count);
    if ((await this.reader.fill(bytes)) < count) throw broken(`it ends within ${what}`);
    return bytes;
  }
}

/** The extra field with sizes of 8 bytes, if there is one. */
function zip64Field(extra: Uint8Array): Uint8Array | null {
  for (let at = 0; at + 4 <= extra.length; ) {
    const view = new DataView(extra.buffer, extra.byteOffset + at);
    const end = at + 4 + view.getUint16(2, true);
    if (view.getUint16(0, true) === ZIP64_EXTRA) return extra.subarray(at + 4, end);
    at = end;
  }
  return null;
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function uint64(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true));
}

function tooLong(name: string, most: number): CheckpointError {
  return new CheckpointError(
    `The record '${name}' of the PyTorch file has more than the ${most} bytes allowed.`,
  );
}
