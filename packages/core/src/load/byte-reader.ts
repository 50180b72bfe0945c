import { joined } from './checkpoint-files.js';

/** Reads bytes that come in parts, in pieces of other sizes. */
export class ByteReader {
  private part: Uint8Array = new Uint8Array(0);
  private read = 0;

  constructor(private readonly parts: AsyncGenerator<Uint8Array, unknown>) {}

  /** How many bytes have been read. */
  get position(): number {
    return this.read;
  }

  /** Fills `target` with the next bytes and returns how many there were: fewer at the end. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.part.length === 0 && !(await this.next())) break;
      const piece = this.part.subarray(0, target.length - filled);
      target.set(piece, filled);
      filled += piece.length;
      this.part = this.part.subarray(piece.length);
    }
    this.read += filled;
    return filled;
  }

  /** Passes over the next bytes and returns how many there were: fewer at the end. */
  async skip(count: number): Promise<number> {
    let skipped = 0;
    while (skipped < count) {
      if (this.part.length === 0 && !(await this.next())) break;
      const length = Math.min(this.part.length, count - skipped);
      skipped += length;
      this.part = this.part.subarray(length);
    }
    this.read += skipped;
    return skipped;
  }

  /** Puts bytes back that were read too far; they must stay as they are. */
  unread(bytes: Uint8Array): void {
    // A part that has been read to its end may be gone already.
    this.part = this.part.length === 0 ? bytes : joined([bytes, this.part]);
    this.read -= bytes.length;
  }

  /** Stops reading. */
  async close(): Promise<void> {
    this.part = new Uint8Array(0);
    await this.parts.return(undefined);
  }

  /** Takes the next part that is not empty. */
  private async next(): Promise<boolean> {
    do {
      const { done, value } = await this.parts.next();
      if (done) return false;
      this.part = value;
    } while (this.part.length === 0);
    return true;
  }
}
