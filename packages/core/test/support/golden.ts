/** Kept in a variable: Vite rewrites `new URL(…, import.meta.url)` with a computed path. */
const here = import.meta.url;

/** Reads a file below `test/golden`, such as `gpt2-tiny/config.json`, in Node and in the browser. */
export async function goldenBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(`../golden/${name}`, here);
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || type.startsWith('text/html')) {
    throw new Error(`golden file ${name}: expected its bytes, got ${response.status} ${type}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** Reads a golden file as JSON; the caller names its type. */
export async function goldenJson<T>(name: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await goldenBytes(name))) as T;
}
