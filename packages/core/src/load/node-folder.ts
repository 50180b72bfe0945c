import { SourceError } from '../errors.js';
import type { CheckpointFiles } from './checkpoint-files.js';
import { type LocalFile, localFiles } from './local-files.js';

/** How much of a file is read at a time. */
const PART_BYTES = 2 ** 20;

/** Whether this runs in Node, where there are folders. */
export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}

/** Whether there is a file or folder at a path. */
export async function isPath(path: string): Promise<boolean> {
  const { stat } = await fileSystem();
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The path that a `file:` address stands for. */
export async function pathOf(url: URL): Promise<string> {
  // biome-ignore lint/correctness/noNodejsModules: only reached in Node.
  const { fileURLToPath } = await import(/* @vite-ignore */ 'node:url');
  return fileURLToPath(url);
}

/** The files in a folder. */
export function nodeFolder(folder: string): CheckpointFiles {
  return localFiles(folder, (name) => localFile(`${folder}/${name}`));
}

async function localFile(path: string): Promise<LocalFile | null> {
  const { open, stat } = await fileSystem();
  const found = await stat(path).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return null;
  return {
    size: found.size,
    async *parts(end) {
      const handle = await open(path);
      const buffer = new Uint8Array(Math.min(PART_BYTES, end));
      try {
        for (let begin = 0; begin < end; ) {
          const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - begin), begin);
          if (bytesRead === 0) throw new SourceError(`it ends after ${begin} of ${end} bytes`);
          yield buffer.subarray(0, bytesRead);
          begin += bytesRead;
        }
      } finally {
        await handle.close();
      }
    },
  };
}

function fileSystem() {
  // biome-ignore lint/correctness/noNodejsModules: only reached in Node.
  return import(/* @vite-ignore */ 'node:fs/promises');
}
