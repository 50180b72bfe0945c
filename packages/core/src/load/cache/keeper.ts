import { type FileOptions, joined } from '../checkpoint-files.js';
import { type CachedFile, CHUNK_BYTES } from './cached-file.js';

/** Keeps a file as it comes. Where there is no room it says so and stops; nothing else fails. */
export class Keeper {
  private waiting: Uint8Array[] = [];
  private bytes = 0;
  private isOff = false;
  /** The chunk that is being kept while more bytes come. */
  private chunk: Promise<void> = Promise.resolve();

  constructor(
    private readonly copy: CachedFile,
    private readonly facts: { size: number | null; validator: string | null },
    private readonly file: string,
    private readonly options: FileOptions,
  ) {}

  /** The next bytes, which must stay as they are until they are kept. */
  async add(part: Uint8Array): Promise<void> {
    if (this.isOff) return;
    this.waiting.push(part);
    this.bytes += part.length;
    if (this.bytes >= CHUNK_BYTES) await this.begin();
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
    const bytes = joined(this.waiting);
    this.waiting = [];
    this.bytes = 0;
    await this.chunk;
    if (bytes.length > 0) this.chunk = this.attempt(() => this.copy.add(bytes, this.facts));
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
