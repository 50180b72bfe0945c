import type { FileOptions, SourceFile } from './checkpoint-files.js';
import type { StoredType } from './safetensors-header.js';
import type { WeightWriter } from './weight-writer.js';

/** What a file says of a tensor before its numbers are read. */
export interface WeightEntry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
}

/** Begins a weight, or says by null that it is not wanted. */
export type Place<E extends WeightEntry = WeightEntry> = (entry: E) => WeightWriter | null;

/** A file with weights that has been opened: what is in it is known and checked, its numbers are yet to be read. */
export interface WeightStream {
  readonly entries: readonly WeightEntry[];
  /**
   * Reads all numbers in the order in which they lie in the file; they arrive as float32. Tensors for which `place`
   * gives null are passed over. Writers that do not come to their end are aborted.
   * @throws CheckpointError if the file turns out to be broken, SourceError
   */
  read(place: Place, options: FileOptions): Promise<void>;
  /** Stops reading. */
  close(): Promise<void>;
}

/** The same error, after what is kept of the file is forgotten if that is of no use. */
export async function forgotten(file: SourceFile, error: unknown): Promise<unknown> {
  if ((error as { code?: string }).code === 'checkpoint') await file.forget();
  return error;
}
