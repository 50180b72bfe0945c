import { broken } from './broken.js';

/** The longest name of a module or a class. */
const MOST_NAME = 256;

const LINE_END = 0x0a;

/** Reads what the operations of a pickle carry, and never beyond its end. */
export class PickleReader {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.view.getUint8(this.pass(1));
  }

  uint16(): number {
    return this.view.getUint16(this.pass(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.pass(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.pass(4), true);
  }

  float64(): number {
    return this.view.getFloat64(this.pass(8));
  }

  /** An integer of so many bytes in two's complement. @throws CheckpointError for one that is not exact as a number */
  integer(length: number): number {
    const start = this.pass(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(this.view.getUint8(start + i));
    const signed = Number(BigInt.asIntN(8 * length, value));
    if (!Number.isSafeInteger(signed)) throw broken(`it has an integer of ${length} bytes`);
    return signed;
  }

  text(length: number): string {
    const start = this.pass(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        this.bytes.subarray(start, start + length),
      );
    } catch {
      throw broken('a text in it is not UTF-8');
    }
  }

  /** The text up to the end of the line. */
  line(): string {
    const end = this.bytes.subarray(this.at, this.at + MOST_NAME).indexOf(LINE_END);
    if (end < 0) throw broken('a name in it has no end');
    const text = this.text(end);
    this.pass(1);
    return text;
  }

  /** Goes on by `count` bytes and returns where they begin. */
  private pass(count: number): number {
    const start = this.at;
    if (start + count > this.bytes.length) throw broken('its data.pkl ends too early');
    this.at = start + count;
    return start;
  }
}
