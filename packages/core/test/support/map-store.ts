import type { BlobStore } from '../../src/load/cache/store.js';

/** Keeps bytes for as long as it lives. */
export class MapStore implements BlobStore {
  private readonly blobs = new Map<string, Uint8Array<ArrayBuffer>>();

  async get(name: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.blobs.get(name)?.slice() ?? null;
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.blobs.set(name, bytes.slice());
  }

  async delete(name: string): Promise<void> {
    this.blobs.delete(name);
  }

  async names(): Promise<string[]> {
    return [...this.blobs.keys()];
  }
}
