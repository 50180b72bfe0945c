import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What loading took. */
export interface Loading {
  readonly milliseconds: number;
  /** Bytes by which the process grew at most, and bytes of the backend's memory in the end. */
  readonly peak: number;
  readonly heap: number;
}

/** Loads a checkpoint in a process of its own, whose peak of memory is then that of loading. */
export async function measureLoading(folder: string): Promise<Loading> {
  const child = ['scripts/example.mjs', 'bench/load/loading-child.ts', folder];
  const { stdout } = await promisify(execFile)(process.execPath, child);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Loading;
}
