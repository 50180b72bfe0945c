import * as z from 'zod/mini';
import type { BlobStore } from './store.js';

/** The JSON kept under a name, or null. What cannot be read, or does not fit `schema`, counts as gone. */
export async function readEntry<T extends z.ZodMiniType>(
  store: BlobStore,
  name: string,
  schema: T,
): Promise<z.output<T> | null> {
  try {
    const bytes = await store.get(name);
    return bytes && z.parse(schema, JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

export async function writeEntry(store: BlobStore, name: string, value: object): Promise<void> {
  await store.put(name, new TextEncoder().encode(JSON.stringify(value)));
}
