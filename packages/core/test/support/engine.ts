import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { OutputResult, RunResult } from '../../src/engine/protocol.js';

/** Files of a folder as a browser's picker gives them. Names may lead to other folders; the files lose that part. */
export async function filesIn(folder: string, names: readonly string[]): Promise<File[]> {
  return Promise.all(
    names.map(async (name) => new File([await readFile(`${folder}/${name}`)], basename(name))),
  );
}

/** The output of a run, which must be of a kind. */
export function outputOf<K extends OutputResult['kind']>(
  { output }: RunResult,
  kind: K,
): Extract<OutputResult, { kind: K }> {
  if (output.kind !== kind) throw new Error(`expected ${kind}, got ${output.kind}`);
  return output as Extract<OutputResult, { kind: K }>;
}
