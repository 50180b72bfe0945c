import { CheckpointError } from '../errors.js';
import type { ReadNotice } from './notices.js';

/** How to read a file. */
export interface FileOptions {
  signal?: AbortSignal | undefined;
  /** Told of a file that will be read to its end. */
  onOpen?: ((file: SourceFile) => void) | undefined;
  /** Told how many bytes came since the last call, and whether they were at hand already. */
  onBytes?: ((bytes: number, cached: boolean) => void) | undefined;
  /** Told what a reader may want to know. */
  onNotice?: ((notice: ReadNotice) => void) | undefined;
}

/** How to read a file in parts. */
export interface PartOptions extends FileOptions {
  /** Only the bytes before this one are needed. */
  end?: number | undefined;
}

/** A file of a checkpoint that is there. */
export interface SourceFile {
  readonly name: string;
  /** Its bytes, where that is known before it is read. */
  readonly size: number | null;
  /** How many of its bytes need not be downloaded. */
  readonly cached: number;
  /**
   * Its bytes from the first one on. A part may be overwritten when the next one is asked for.
   * @throws SourceError, AccessError or IntegrityError
   */
  parts(options?: PartOptions): AsyncGenerator<Uint8Array<ArrayBuffer>, void>;
  /** Lets go of what `open` has begun. */
  close(): void;
  /** Says that its bytes cannot be right, so that what is kept of it is forgotten. */
  forget(): Promise<void>;
}

/** The files of a checkpoint's folder. */
export interface CheckpointFiles {
  /** What the checkpoint is called in messages: its Hub id, its address or its folder. */
  readonly label: string;
  /** All names with their bytes, where that is known without asking for each. */
  readonly sizes: ReadonlyMap<string, number> | null;
  /** A file to be read, or null if there is none of that name. @throws SourceError, AccessError */
  open(name: string, options?: FileOptions): Promise<SourceFile | null>;
  /** The bytes of a small file, or null if there is none of that name. @throws SourceError, AccessError, IntegrityError */
  read(name: string, options?: FileOptions): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Says that all that a model needs has been read, so that the cache counts as complete. */
  done(): Promise<void>;
}

/** All bytes of a file at once. @throws CheckpointError for more than `most` bytes, before they are read */
export async function readAll(
  file: SourceFile,
  options?: PartOptions,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const check = (bytes: number) => {
    if (bytes > most)
      throw new CheckpointError(`${file.name} is too large: it has more than the ${most} bytes allowed.`);
  };
  check(file.size ?? 0);
  for await (const part of file.parts(options)) {
    length += part.length;
    check(length);
    parts.push(part.slice());
  }
  return joined(parts);
}

/** The bytes of all parts, one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
