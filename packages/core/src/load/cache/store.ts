/** A place for bytes under names. What is kept may go away at any time, as a whole name. */
export interface BlobStore {
  /** The bytes under a name, which are the caller's; null where there are none. */
  get(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Rejects if there is no room. The caller may overwrite `bytes` when it resolves. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Does nothing where there are none. */
  delete(name: string): Promise<void>;
  /** All names, in any order. */
  names(): Promise<string[]>;
}

/** Names are the paths of addresses that nobody serves: the Cache API keeps answers to requests. */
const HOST = 'https://models.patchbay.invalid/';

/** The Cache API, where this page or worker has it: in secure contexts of browsers. */
export async function browserStore(name: string): Promise<BlobStore | null> {
  const { caches } = globalThis as { caches?: CacheStorage };
  if (caches === undefined) return null;
  const cache = await caches.open(name).catch(() => null);
  return cache && new CacheApiStore(cache);
}

class CacheApiStore implements BlobStore {
  constructor(private readonly cache: Cache) {}

  async get(name: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const response = await this.cache.match(HOST + name);
    return response === undefined ? null : new Uint8Array(await response.arrayBuffer());
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.cache.put(HOST + name, new Response(bytes));
  }

  async delete(name: string): Promise<void> {
    await this.cache.delete(HOST + name);
  }

  async names(): Promise<string[]> {
    const requests = await this.cache.keys();
    return requests.map(({ url }) => url.slice(HOST.length));
  }
}
