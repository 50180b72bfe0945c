import * as z from 'zod/mini';
import { CachedFile } from './cached-file.js';
import { readEntry, writeEntry } from './json-entry.js';
import type { BlobStore } from './store.js';

/** What is kept about a model besides its files. */
export const modelEntry = z.object({
  name: z.string(),
  /** The commit on the Hub. */
  revision: z.nullable(z.string()),
  /** Whether all files have been read that it takes to load the model. */
  complete: z.boolean(),
  /** Milliseconds since 1970. */
  lastUsed: z.number(),
  /** Names of files that it does not have, which are asked for each time a model is loaded. */
  missing: z.array(z.string()),
  /** What the Hub says of its files. */
  listing: z.nullable(
    z.array(z.object({ path: z.string(), size: z.number(), sha256: z.nullable(z.string()) })),
  ),
});
export type ModelEntry = z.output<typeof modelEntry>;

/** What is kept of one model. */
export class CachedModel {
  private constructor(
    private readonly store: BlobStore,
    private readonly folder: string,
    private current: ModelEntry,
    /** Whether it was there before. */
    readonly isNew: boolean,
  ) {}

  /** Opens what is kept under `id`, or begins anew. */
  static async open(store: BlobStore, id: string, about: Pick<ModelEntry, 'name' | 'revision'>) {
    const folder = folderOf(id);
    const found = await readEntry(store, `${folder}/model`, modelEntry);
    const entry = found ?? { ...about, complete: false, missing: [], listing: null, lastUsed: 0 };
    return new CachedModel(store, folder, { ...entry, lastUsed: Date.now() }, found === null);
  }

  get entry(): ModelEntry {
    return this.current;
  }

  file(name: string): Promise<CachedFile> {
    return CachedFile.open(this.store, `${this.folder}/files/${encodeURIComponent(name)}`);
  }

  /** Keeps what is new about the model. Nothing fails if there is no room for it. */
  async update(changes: Partial<ModelEntry>): Promise<void> {
    this.current = { ...this.current, ...changes };
    await writeEntry(this.store, `${this.folder}/model`, this.current).catch(() => undefined);
  }

  /** Says that all has been read that it takes to load the model, unless it was removed meanwhile. */
  async finish(): Promise<void> {
    const kept = await readEntry(this.store, `${this.folder}/model`, modelEntry);
    if (kept !== null) await this.update({ complete: true });
  }
}

/** The part of all names under which a model is kept. */
export function folderOf(id: string): string {
  return `models/${encodeURIComponent(id)}`;
}
