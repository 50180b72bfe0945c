import type { FileOptions } from '../checkpoint-files.js';
import { type CachedFile, CHUNK_BYTES } from './cached-file.js';

/** Keeps a file as it comes. Where there is no room it says so and stops; nothing else fails. */
export class Keeper {
  /** The next chunk, and memory for the one after it. */
  private next: Uint8Array<ArrayBuffer> | null = null;
  private spare: Uint8Array<ArrayBuffer> | null = null;
  private filled = 0;
  private isOff = false;
  /** The chunk that is being kept while more bytes come. */
  private chunk: Promise<void> = Promise.resolve();

  constructor(
    private readonly copy: CachedFile,
    private readonly facts: { size: number | null; validator: string | null },
    private readonly file: string,
    private readonly options: FileOptions,
  ) {}

  /** The next bytes. */
  async add(part: Uint8Array): Promise<void> {
    for (let taken = 0; taken < part.length && !this.isOff; ) {
      const chunk = this.next ?? this.memory();
      const piece = part.subarray(taken, taken + chunk.length - this.filled);
      chunk.set(piece, this.filled);
      taken += piece.length;
      this.filled += piece.length;
      if (this.filled === chunk.length) await this.begin();
    }
  }

  /** Keeps what waits to become a chunk. */
  async flush(): Promise<void> {
    await this.begin();
    await this.chunk;
  }

  /** All bytes came, and are right. */
  async complete(): Promise<void> {
    await this.flush();
    await this.attempt(() => this.copy.complete());
  }

  /** The bytes are not right. */
  async drop(): Promise<void> {
    this.isOff = true;
    await this.chunk;
    await this.copy.drop();
  }

  /** Begins to keep what waits, when the chunk before it is kept. */
  private async begin(): Promise<void> {
    const { next: memory, filled } = this;
    this.next = null;
    this.filled = 0;
    await this.chunk;
    if (memory === null || filled === 0) return;
    this.chunk = this.attempt(() => this.copy.add(memory.subarray(0, filled), this.facts)).then(() => {
      this.spare = memory;
    });
  }

  private memory(): Uint8Array<ArrayBuffer> {
    const bytes = Math.min(CHUNK_BYTES, this.facts.size ?? CHUNK_BYTES);
    this.next = this.spare ?? new Uint8Array(Math.max(1, bytes));
    this.spare = null;
    return this.next;
  }

  private async attempt(keep: () => Promise<void>): Promise<void> {
    if (this.isOff) return;
    try {
      await keep();
    } catch (error) {
      this.isOff = true;
      const isFull = (error as Error).name === 'QuotaExceededError';
      const reason = isFull ? 'the browser gives no more room' : (error as Error).message;
      this.options.onNotice?.({ kind: 'uncached', file: this.file, reason });
    }
  }
}
