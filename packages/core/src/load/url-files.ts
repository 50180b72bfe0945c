import { SourceError } from '../errors.js';
import type { CachedFile } from './cache/cached-file.js';
import type { CachedModel } from './cache/cached-model.js';
import { type CheckpointFiles, type FileOptions, readAll } from './checkpoint-files.js';
import { type Body, openBody } from './http/body.js';
import { FileFacts } from './http/facts.js';
import { type HttpContext, nameOf, Requests } from './http/request.js';
import { RemoteFile } from './remote-file.js';

/** The files in a folder of any server. The query of the folder's address goes with each request. */
export class UrlFiles implements CheckpointFiles {
  readonly label: string;
  readonly sizes = null;
  /** Whether the cache knows that something is kept of the folder. */
  private isListed = false;

  constructor(
    private readonly folder: URL,
    private readonly context: HttpContext,
    /** What is kept of the folder, or null where nothing is to be kept. */
    private readonly kept: CachedModel | null,
  ) {
    this.label = nameOf(folder);
  }

  async open(name: string, options: FileOptions = {}): Promise<RemoteFile | null> {
    const url = new URL(name, this.folder);
    url.search = this.folder.search;
    const copy = (await this.kept?.file(name)) ?? null;
    try {
      return await this.opened(name, url, copy, options);
    } catch (error) {
      const isGone = copy?.isComplete || this.kept?.entry.missing.includes(name);
      if (!isGone || !(error instanceof SourceError && error.mayPass)) throw error;
      options.onNotice?.({ kind: 'offline', file: name, reason: error.message });
      return copy?.isComplete ? this.file(name, url, copy, null) : null;
    }
  }

  async read(name: string, options?: FileOptions): Promise<Uint8Array<ArrayBuffer> | null> {
    const file = await this.open(name, options);
    return file && readAll(file, options);
  }

  async done(): Promise<void> {
    await this.kept?.finish();
  }

  /** Asks the server first: what is kept counts only as long as the file there is the same. */
  private async opened(
    name: string,
    url: URL,
    copy: CachedFile | null,
    options: FileOptions,
  ): Promise<RemoteFile | null> {
    const requests = new Requests(name, this.patience(), options);
    const wanted = copy?.isComplete ? { position: 0, end: 1 } : { position: copy?.bytes ?? 0 };
    let body = await openBody(url, wanted, requests);
    if (copy !== null && copy.bytes > 0 && !isSame(body, copy)) {
      body?.cancel();
      await copy.drop();
      options.onNotice?.({ kind: 'dropped', file: name, reason: 'it has changed on its server' });
      body = await openBody(url, { position: 0 }, requests);
    }
    if (body === null) {
      await this.remember(name);
      return null;
    }
    if (!this.isListed) await this.kept?.update({});
    this.isListed = true;
    if (!copy?.isComplete) return this.file(name, url, copy, body);
    body.cancel();
    return this.file(name, url, copy, null);
  }

  private file(name: string, url: URL, copy: CachedFile | null, first: Body | null): RemoteFile {
    const size = first?.size ?? copy?.size ?? null;
    const validator = first?.validator ?? copy?.validator ?? null;
    const facts = new FileFacts(size, validator, false);
    // Without a validator nobody could tell later whether a copy is still right.
    const kept = validator === null ? null : copy;
    return new RemoteFile({ name, url, facts, sha256: null, copy: kept, first, context: this.context });
  }

  /** Where everything is kept, nobody has to wait for a connection. */
  private patience(): HttpContext {
    const { context, kept } = this;
    return kept?.entry.complete ? { ...context, retry: { ...context.retry, attempts: 1 } } : context;
  }

  private async remember(missing: string): Promise<void> {
    if (this.kept === null || this.kept.entry.missing.includes(missing)) return;
    await this.kept.update({ missing: [...this.kept.entry.missing, missing] });
  }
}

function isSame(body: Body | null, copy: CachedFile): boolean {
  if (body === null || body.validator === null || body.validator !== copy.validator) return false;
  return body.size === null || copy.size === null || body.size === copy.size;
}
