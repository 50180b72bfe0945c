import * as z from 'zod/mini';
import { fileEntry } from './cached-file.js';
import { CachedModel, folderOf, type ModelEntry, modelEntry } from './cached-model.js';
import { readEntry, writeEntry } from './json-entry.js';
import { type BlobStore, browserStore } from './store.js';

/** A model of which something is kept. */
export interface CacheListing {
  /** Names it for `remove`. */
  id: string;
  /** Its Hub id, perhaps with a folder after it; or the address of its folder or model.json. */
  name: string;
  /** The commit on the Hub. */
  revision: string | null;
  /** Bytes that are kept. */
  bytes: number;
  /** Whether it can be loaded without a connection. */
  complete: boolean;
  lastUsed: Date;
}

/** Files of models that were downloaded, so that they are not downloaded again. It holds no tokens. */
export class ModelCache {
  /** @param store where the bytes go, which other users of the same store then share */
  constructor(private readonly store: BlobStore) {}

  /** The cache of this page's origin, in the browser's Cache API. Null where there is none, as in Node. */
  static async ofBrowser(): Promise<ModelCache | null> {
    const store = await browserStore('patchbay-models');
    return store && new ModelCache(store);
  }

  /** The models of which something is kept, the last used first. */
  async list(): Promise<CacheListing[]> {
    const names = await this.store.names();
    const ids = new Set(names.flatMap((name) => /^models\/([^/]+)\//.exec(name)?.[1] ?? []));
    const listings = await Promise.all([...ids].map((id) => this.listing(decodeURIComponent(id), names)));
    return listings.sort((a, b) => Number(b.lastUsed) - Number(a.lastUsed));
  }

  /** Frees the room of one model. Loads that are under way go on. */
  async remove(id: string): Promise<void> {
    const names = await this.store.names();
    await this.delete(names.filter((name) => name.startsWith(`${folderOf(id)}/`)));
  }

  /** Frees the room of all models. */
  async clear(): Promise<void> {
    await this.delete(await this.store.names());
  }

  /** What is kept of one model. @internal */
  model(id: string, about: Pick<ModelEntry, 'name' | 'revision'>): Promise<CachedModel> {
    return CachedModel.open(this.store, id, about);
  }

  /** Which commit a branch or tag was last found to be, or null. @internal */
  async commit(model: string, revision: string): Promise<string | null> {
    const commits = await readEntry(this.store, commitsOf(model), commitEntry);
    return commits?.[revision] ?? null;
  }

  /** @internal */
  async keepCommit(model: string, revision: string, commit: string): Promise<void> {
    const before = await readEntry(this.store, commitsOf(model), commitEntry);
    await writeEntry(this.store, commitsOf(model), { ...before, [revision]: commit }).catch(() => undefined);
  }

  private async listing(id: string, names: readonly string[]): Promise<CacheListing> {
    const folder = `${folderOf(id)}/`;
    const entries = names.filter((name) => name.startsWith(folder) && name.endsWith('/entry'));
    const files = await Promise.all(entries.map((name) => readEntry(this.store, name, fileEntry)));
    const model = await readEntry(this.store, `${folder}model`, modelEntry);
    return {
      id,
      name: model?.name ?? id,
      revision: model?.revision ?? null,
      bytes: files.flatMap((file) => file?.chunks ?? []).reduce((sum, { bytes }) => sum + bytes, 0),
      complete: model?.complete === true && files.every((file) => file?.complete === true),
      lastUsed: new Date(model?.lastUsed ?? 0),
    };
  }

  private async delete(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.store.delete(name)));
  }
}

const commitEntry = z.record(z.string(), z.string());

function commitsOf(model: string): string {
  return `commits/${encodeURIComponent(model)}`;
}
