import { SourceError } from '../errors.js';

/** How to watch and stop reading. */
export interface ReadOptions {
  /** Told of bytes as they arrive; `total` grows with `loaded` while it is unknown. */
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
  if (typeof source !== 'string' && !(source instanceof URL)) return fileList(source);
  if (typeof source === 'string' && /^(?:https?|file):/.test(source)) return openSource(new URL(source));
  if (typeof source === 'string') {
    const inNode =
      (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !== undefined;
    return inNode ? nodeFolder(source) : urlFolder(new URL(source, globalThis.location.href));
  }
  return source.protocol === 'file:' ? nodeFolder(source) : urlFolder(source);
}

/** Files as a browser's picker or drop gives them, found by their base name. */
function fileList(files: readonly File[]): CheckpointFiles {
  return {
    async read(name, { signal } = {}) {
      const file = files.find((each) => each.name === name);
      if (file === undefined) return null;
      const bytes = await file.arrayBuffer().catch((error: unknown) => {
        throw new SourceError(`The file ${name} cannot be read: ${messageOf(error)}`);
      });
      signal?.throwIfAborted();
      return new Uint8Array(bytes);
    },
  };
}

function nodeFolder(folder: string | URL): CheckpointFiles {
  return {
    async read(name, { signal } = {}) {
      // biome-ignore lint/correctness/noNodejsModules: only reached in Node.
      const { readFile } = await import(/* @vite-ignore */ 'node:fs/promises');
      const path = typeof folder === 'string' ? `${folder}/${name}` : new URL(name, asFolder(folder));
      try {
        return new Uint8Array(await readFile(path, { signal }));
      } catch (error) {
        signal?.throwIfAborted();
        if ((error as { code?: string }).code === 'ENOENT') return null;
        throw new SourceError(`${name} in ${String(folder)} cannot be read: ${messageOf(error)}`);
      }
    },
  };
}

function urlFolder(url: URL): CheckpointFiles {
  const folder = asFolder(url);
  return {
    async read(name, { onProgress, signal } = {}) {
      const address = new URL(name, folder);
      address.search = folder.search;
      try {
        const response = await fetch(address, { signal: signal ?? null });
        // Servers of single-page applications answer a missing file with their page.
        const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
        if (response.status === 404 || (response.ok && isPage)) return null;
        if (!response.ok) throw new SourceError(`${address} answered ${describe(response)}.`);
        return await readBody(response, onProgress);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof SourceError) throw error;
        throw new SourceError(
          `${address} could not be fetched to the end. Check the connection and the address.`,
        );
      }
    },
  };
}

/** The same URL with a `/` at the end of its path, so that names resolve below it. */
function asFolder(url: URL): URL {
  const folder = new URL(url);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}

const MEANINGS: Readonly<Record<number, string>> = {
  401: 'sign-in needed',
  403: 'access refused',
  429: 'too many requests',
};

/** A status in words; HTTP/2 sends none itself. */
function describe({ status, statusText }: Response): string {
  const meaning = MEANINGS[status] ?? (status >= 500 ? 'the server failed' : 'the request was refused');
  return `${status} (${statusText || meaning})`;
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
