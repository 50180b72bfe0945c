import * as z from 'zod/mini';
import { sha256 } from '../checksum.js';
import { readEntry, writeEntry } from './json-entry.js';
import type { BlobStore } from './store.js';

const count = z.int().check(z.nonnegative());

/** What is kept of a file: its first bytes, in chunks, perhaps all of it. */
export const fileEntry = z.object({
  /** Bytes of the whole file, where known. */
  size: z.nullable(count),
  /** What the server said of its version. */
  validator: z.nullable(z.string()),
  /** Whether the chunks are the whole file, and its hash was right where one is known. */
  complete: z.boolean(),
  /** Each with its SHA-256 in hexadecimal digits. */
  chunks: z.readonly(z.array(z.object({ bytes: count, sha256: z.string() }))),
});
type FileEntry = z.output<typeof fileEntry>;

/** Bytes of a chunk; only this much is lost when a page is closed. */
export const CHUNK_BYTES = 2 ** 23;

/** The copy of one file in a store. */
export class CachedFile {
  private constructor(
    private readonly store: BlobStore,
    private readonly name: string,
    private entry: FileEntry,
  ) {}

  static async open(store: BlobStore, name: string): Promise<CachedFile> {
    const entry = await readEntry(store, `${name}/entry`, fileEntry);
    return new CachedFile(store, name, entry ?? EMPTY);
  }

  get isComplete(): boolean {
    return this.entry.complete;
  }

  get size(): number | null {
    return this.entry.size;
  }

  get validator(): string | null {
    return this.entry.validator;
  }

  /** How many bytes are kept. */
  get bytes(): number {
    return this.entry.chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * The bytes that are kept, in chunks. At one that is gone or has changed it ends, and that one and those after it are
   * dropped.
   */
  async *parts(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { chunks } = this.entry;
    // Each is read while the one before it is used.
    let next = this.chunk(0);
    for (const index of chunks.keys()) {
      const bytes = await next;
      if (bytes === null) {
        await this.cut(index);
        return;
      }
      next = this.chunk(index + 1);
      yield bytes;
    }
  }

  /** A chunk, or null if it is gone or has changed. */
  private async chunk(index: number): Promise<Uint8Array<ArrayBuffer> | null> {
    const chunk = this.entry.chunks[index];
    if (chunk === undefined) return null;
    const bytes = await this.store.get(`${this.name}/${index}`).catch(() => null);
    return bytes?.length === chunk.bytes && (await sha256(bytes)) === chunk.sha256 ? bytes : null;
  }

  /** Adds a chunk after those that are kept. Rejects if there is no room. */
  async add(bytes: Uint8Array<ArrayBuffer>, known: Pick<FileEntry, 'size' | 'validator'>): Promise<void> {
    const { chunks } = this.entry;
    const chunk = { bytes: bytes.length, sha256: await sha256(bytes) };
    await this.store.put(`${this.name}/${chunks.length}`, bytes);
    await this.keep({ ...known, complete: false, chunks: [...chunks, chunk] });
  }

  /** Says that the chunks are the whole file. */
  async complete(): Promise<void> {
    await this.keep({ ...this.entry, size: this.bytes, complete: true });
  }

  /** Forgets all that is kept. */
  async drop(): Promise<void> {
    await this.cut(0);
  }

  /** Forgets the chunks from one on. Where that cannot be written down, their hashes tell later. */
  private async cut(first: number): Promise<void> {
    const chunks = this.entry.chunks.slice(0, first);
    const rest = first === 0 ? EMPTY : { ...this.entry, complete: false, chunks };
    await this.keep(rest).catch(() => undefined);
  }

  private async keep(entry: FileEntry): Promise<void> {
    const before = this.entry.chunks.length;
    this.entry = entry;
    if (entry === EMPTY) await this.store.delete(`${this.name}/entry`);
    else await writeEntry(this.store, `${this.name}/entry`, entry);
    for (let index = entry.chunks.length; index < before; index += 1)
      await this.store.delete(`${this.name}/${index}`);
  }
}

const EMPTY: FileEntry = { size: null, validator: null, complete: false, chunks: [] };
