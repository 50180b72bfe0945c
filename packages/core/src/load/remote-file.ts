import { IntegrityError } from '../errors.js';
import type { CachedFile } from './cache/cached-file.js';
import { Keeper } from './cache/keeper.js';
import type { FileOptions, PartOptions, SourceFile } from './checkpoint-files.js';
import { beginChecksum, type Checksum } from './checksum.js';
import type { Body } from './http/body.js';
import type { FileFacts } from './http/facts.js';
import { type HttpContext, nameOf, Requests } from './http/request.js';
import { resumable } from './http/resume.js';

type Parts = AsyncGenerator<Uint8Array<ArrayBuffer>, void>;

interface Remote {
  readonly name: string;
  readonly url: URL;
  readonly facts: FileFacts;
  /** Its SHA-256 in hexadecimal digits, where known. */
  readonly sha256: string | null;
  /** What is kept of it, or null where nothing is to be kept. */
  readonly copy: CachedFile | null;
  /** An answer that has begun, from the end of the copy or before. */
  readonly first: Body | null;
  readonly context: HttpContext;
}

/** A file on a server. What comes is kept, and what is kept need not come again. */
export class RemoteFile implements SourceFile {
  private first: Body | null;

  constructor(private readonly remote: Remote) {
    this.first = remote.first;
  }

  get name(): string {
    return this.remote.name;
  }

  get size(): number | null {
    return this.remote.facts.size;
  }

  get cached(): number {
    return this.remote.copy?.bytes ?? 0;
  }

  close(): void {
    this.first?.cancel();
    this.first = null;
  }

  async forget(): Promise<void> {
    await this.remote.copy?.drop();
  }

  parts(options: PartOptions = {}): Parts {
    const { end } = options;
    return end !== undefined && end < (this.size ?? Number.POSITIVE_INFINITY)
      ? this.beginning(end, options)
      : this.whole(options);
  }

  /** Only the bytes before `end`: not checked by their hash, and not kept. */
  private async *beginning(end: number, options: PartOptions): Parts {
    let position = 0;
    for await (const part of this.copied(options)) {
      yield part.subarray(0, end - position);
      position += part.length;
      if (position >= end) return;
    }
    yield* this.fetched(position, end, options);
  }

  private async *whole(options: PartOptions): Parts {
    const { copy, facts } = this.remote;
    const wasComplete = copy?.isComplete === true;
    let checksum = wasComplete ? null : await this.beginChecksum(options);
    for await (const part of this.copied(options)) {
      checksum?.add(part);
      options.onBytes?.(part.length, true);
      yield part;
    }
    if (copy?.isComplete) return;
    if (wasComplete) checksum = await this.checksumOf(copy, options);
    const keeper = copy && new Keeper(copy, facts, this.name, options);
    try {
      for await (const part of this.fetched(this.cached, undefined, options)) {
        checksum?.add(part);
        await keeper?.add(part);
        options.onBytes?.(part.length, false);
        yield part;
      }
      this.check(checksum);
      await keeper?.complete();
    } catch (error) {
      if (error instanceof IntegrityError && !error.mayPass) await keeper?.drop();
      throw error;
    } finally {
      await keeper?.flush();
    }
  }

  private async *copied({ signal, onNotice }: FileOptions): Parts {
    const { copy } = this.remote;
    if (copy === null) return;
    const before = copy.bytes;
    for await (const part of copy.parts()) {
      signal?.throwIfAborted();
      yield part;
    }
    if (copy.bytes < before)
      onNotice?.({ kind: 'dropped', file: this.name, reason: 'what was kept of it is damaged' });
  }

  private fetched(position: number, end: number | undefined, options: FileOptions): Parts {
    const { url, facts, context } = this.remote;
    const usable = this.first !== null && this.first.start <= position ? this.first : undefined;
    if (usable === undefined) this.close();
    this.first = null;
    const requests = new Requests(this.name, context, options);
    return resumable(url, { position, end, first: usable }, facts, requests);
  }

  /** Null where no hash is known, or none can be computed. */
  private async beginChecksum({ onNotice }: FileOptions): Promise<Checksum | null> {
    if (this.remote.sha256 === null) return null;
    return beginChecksum().catch((error: unknown) => {
      onNotice?.({ kind: 'unchecked', file: this.name, reason: String(error) });
      return null;
    });
  }

  /** Of all that is kept. */
  private async checksumOf(copy: CachedFile, options: FileOptions): Promise<Checksum | null> {
    const checksum = await this.beginChecksum(options);
    if (checksum !== null) for await (const part of copy.parts()) checksum.add(part);
    return checksum;
  }

  private check(checksum: Checksum | null): void {
    const { sha256, url } = this.remote;
    const found = checksum?.end();
    if (found === undefined || found === sha256) return;
    throw new IntegrityError(
      `${nameOf(url)} came damaged: its SHA-256 is ${found} where ${sha256} was promised. Load it again.`,
    );
  }
}
