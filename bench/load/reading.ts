import { open } from 'node:fs/promises';

const BLOCK = 2 ** 22;

/** Milliseconds that it takes to read a file and do nothing with it. */
export async function timeToRead(file: string): Promise<number> {
  const started = performance.now();
  const handle = await open(file);
  const block = new Uint8Array(BLOCK);
  try {
    while ((await handle.read(block)).bytesRead > 0);
  } finally {
    await handle.close();
  }
  return performance.now() - started;
}
