import { SourceError } from '../errors.js';
import { type CheckpointFiles, type PartOptions, readAll, type SourceFile } from './checkpoint-files.js';

type Parts = AsyncGenerator<Uint8Array<ArrayBuffer>, void>;

/** A file that needs no server. */
export interface LocalFile {
  readonly size: number;
  /** The bytes before `end`. */
  parts(end: number): Parts;
}

/** The files of a folder that needs no server, as `find` finds them by name; `sizes` if all are known. */
export function localFiles(
  label: string,
  find: (name: string) => Promise<LocalFile | null>,
  sizes: ReadonlyMap<string, number> | null = null,
): CheckpointFiles {
  async function open(name: string): Promise<SourceFile | null> {
    const file = await find(name).catch((error: unknown) => {
      throw unreadable(name, label, error);
    });
    return file && sourceFile(name, label, file);
  }
  return {
    label,
    sizes,
    open,
    async read(name, options) {
      const file = await open(name);
      return file && readAll(file, options);
    },
    async done() {},
  };
}

function sourceFile(name: string, label: string, file: LocalFile): SourceFile {
  return {
    name,
    size: file.size,
    cached: file.size,
    parts: (options) => checkedParts(name, label, file, options ?? {}),
    close() {},
    async forget() {},
  };
}

async function* checkedParts(
  name: string,
  label: string,
  file: LocalFile,
  { signal, onBytes, end = file.size }: PartOptions,
): Parts {
  signal?.throwIfAborted();
  try {
    for await (const part of file.parts(Math.min(end, file.size))) {
      if (end >= file.size) onBytes?.(part.length, false);
      yield part;
      signal?.throwIfAborted();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(name, label, error);
  }
}

function unreadable(name: string, label: string, error: unknown): SourceError {
  return new SourceError(`${name} in ${label} cannot be read: ${(error as Error).message}`);
}
