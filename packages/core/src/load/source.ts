import { SourceError } from '../errors.js';

export interface ReadOptions {
  /** Told of bytes as they arrive; `total` is 0 while it is unknown. */
  onProgress?: ((progress: { loaded: number; total: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** The files of a checkpoint's folder. */
export interface CheckpointFiles {
  /** The bytes of a file, or null if there is none of that name. @throws SourceError if it cannot be read */
  read(name: string, options?: ReadOptions): Promise<Uint8Array | null>;
}

/**
 * Finds out what a source is: a list of files, a URL of a folder, or in Node the path of a folder
 * (elsewhere text is a URL).
 */
export function openSource(source: string | URL | readonly File[]): CheckpointFiles {
  if (source instanceof URL) return urlFolder(source);
  if (typeof source !== 'string') return fileList(source);
  if (/^https?:/.test(source)) return urlFolder(new URL(source));
  const inNode =
    (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !== undefined;
  return inNode ? nodeFolder(source) : urlFolder(new URL(source, globalThis.location.href));
}

/** Files as a browser's picker or drop gives them, found by their base name. */
function fileList(files: readonly File[]): CheckpointFiles {
  return {
    async read(name) {
      const file = files.find((each) => each.name === name);
      return file === undefined ? null : new Uint8Array(await file.arrayBuffer());
    },
  };
}

function nodeFolder(path: string): CheckpointFiles {
  return {
    async read(name) {
      // biome-ignore lint/correctness/noNodejsModules: only reached in Node.
      const { readFile } = await import(/* @vite-ignore */ 'node:fs/promises');
      try {
        return new Uint8Array(await readFile(`${path}/${name}`));
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return null;
        throw new SourceError(`${name} in ${path} cannot be read: ${String((error as Error).message)}`);
      }
    },
  };
}

function urlFolder(url: URL): CheckpointFiles {
  const folder = url.href.endsWith('/') ? url.href : `${url.href}/`;
  return {
    async read(name, { onProgress, signal } = {}) {
      const address = new URL(name, folder).href;
      const response = await fetch(address, { signal: signal ?? null }).catch((error: unknown) => {
        if (signal?.aborted === true) throw error;
        throw new SourceError(`${address} cannot be reached. Check the connection and the address.`);
      });
      // Servers of single-page applications answer a missing file with their page.
      const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
      if (response.status === 404 || (response.ok && isPage)) return null;
      if (!response.ok)
        throw new SourceError(`${address} answered ${response.status} ${response.statusText}.`);
      return readBody(response, onProgress);
    },
  };
}

async function readBody(response: Response, onProgress: ReadOptions['onProgress']): Promise<Uint8Array> {
  const total = Number(response.headers.get('content-length') ?? 0);
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    chunks.push(part.value);
    loaded += part.value.length;
    onProgress?.({ loaded, total: Math.max(total, loaded) });
  }
  const bytes = new Uint8Array(loaded);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}
