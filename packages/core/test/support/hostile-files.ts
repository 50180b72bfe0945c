import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { GraphFileError, PatchbayError } from '../../src/errors.js';
import { openSafetensors } from '../../src/load/safetensors.js';
import { writeSafetensors } from '../../src/load/write-safetensors.js';
import { Module } from '../../src/module/module.js';
import { buffer, parameter } from '../../src/module/tensors.js';
import { Linear } from '../../src/nn/linear.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { crc32 } from '../../src/save/crc32.js';
import { CHECKSUM_KEY, DOCUMENT_KEY } from '../../src/save/format.js';
import { codes, run } from './round-trip.js';

/** What one case may take. */
const MOST_MS = 1000;

/** Runs by itself and holds plain data. */
class Odd extends Module {
  static override readonly typeName = 'Odd';
  static override readonly inputs = ['input'];
  readonly below = new Linear(2, 2);
  readonly notes = { list: [1, null], nan: Number.NaN, bytes: new Uint8Array([1, 2]) };
  readonly shift = buffer(tf.tensor1d([1, -1]));

  forward(input: tf.Tensor): tf.Tensor {
    return this.below.apply(input as tf.Tensor2D).add(this.shift);
  }
}

/** A bit of everything that a file can hold. */
class Small extends Module {
  static override readonly typeName = 'Small';
  static override readonly inputs = ['x', 'options'];
  readonly odd = new Odd();
  readonly weight = parameter(tf.tensor2d([1, 2, 3, 4], [2, 2]));
  readonly tied = this.weight;
  readonly mask = buffer(tf.tensor1d([true, false], 'bool'));
  readonly rate: number = 0.5;

  forward(x: tf.Tensor2D, { twice }: { twice: boolean | null }): { y: tf.Tensor; parts: tf.Tensor[] } {
    const y = tf
      .matMul(x, this.weight as tf.Tensor2D, false, true)
      .mul(this.rate)
      .mul(twice === true ? 2 : 3);
    const [left] = tf.split(y, 2, 1) as [tf.Tensor];
    const rows = tf.concat([left, tf.tensor2d([0.1, 0.2], [2, 1])], 1);
    return { y: tf.where(this.mask, y, this.odd.apply(rows)), parts: [left, tf.zeros([2])] };
  }
}

/** What loading these files needs. */
export const modules = { Odd };

const inputs = () => [tf.tensor2d([1, 2, 3, 4], [2, 2]), { twice: true }] as const;

/** The file of a small graph. */
export async function smallFile(): Promise<Uint8Array> {
  const [x, options] = inputs();
  const model = new Small();
  const pg = new PatchableGraph(model, [x, options], { classesToSkipCompiling: [Odd] });
  const bytes = await pg.save();
  tf.dispose(x);
  pg.dispose();
  model.dispose();
  return bytes;
}

export type Row = Record<string, unknown>;

/** The text of a file, with what tests change by hand. */
export interface Document {
  tensors: Row[];
  objects: (Row & { properties: unknown[] })[];
  infos: Row[];
  settings: Row[];
  graphs: [Row & { values: number[]; steps: Row[]; root: { children: unknown[] } }];
}

/** A new copy of the text of a file. */
export function documentOf(file: Uint8Array): Document {
  return JSON.parse(openSafetensors(file).metadata.get(DOCUMENT_KEY) as string) as Document;
}

/** The file with another text, under the right checksum. */
export async function withText(text: string, file: Uint8Array): Promise<Uint8Array> {
  const { entries, read } = openSafetensors(file);
  const tensors = entries.map((entry) => ({
    name: entry.name,
    dtype: entry.dtype as 'F32',
    shape: entry.shape,
    read: async () => read(entry).values,
  }));
  return writeSafetensors(tensors, {
    [DOCUMENT_KEY]: text,
    [CHECKSUM_KEY]: crc32(new TextEncoder().encode(text)),
  });
}

/** What became of a file. */
export type Outcome = 'refused' | 'ran' | 'failed to run';

/**
 * Loads and runs a file. Loading gives a graph or one typed error, running a result or an error, all of it soon, and
 * nothing stays allocated. A thorough attempt also prints all code and keeps all values.
 */
export async function attempt(file: Uint8Array, isThorough = false): Promise<Outcome> {
  const before = tf.memory().numTensors;
  const start = performance.now();
  let outcome: Outcome;
  try {
    const pg = await PatchableGraph.load(file, { modules });
    String(pg.graph);
    if (isThorough) codes(pg);
    const given = inputs();
    try {
      tf.dispose((await run(pg, ...given)) as tf.TensorContainer);
      if (isThorough) (await pg.record(given as never)).dispose();
      outcome = 'ran';
    } catch (error) {
      // A module that runs by itself may get from its submodules what it does not expect.
      const isOwn = (error as Error).stack?.includes('Odd.forward') === true;
      if (!isOwn && !(error instanceof PatchbayError)) throw new Error('running failed', { cause: error });
      outcome = 'failed to run';
    }
    tf.dispose(given[0]);
    pg.module.dispose();
    pg.dispose();
  } catch (error) {
    if (!(error instanceof PatchbayError)) throw error;
    expect(error.message).toMatch(/\S.*\.$/s);
    outcome = 'refused';
  }
  expect(tf.memory().numTensors).toBe(before);
  expect(performance.now() - start).toBeLessThan(MOST_MS);
  return outcome;
}

/** Checks that loading a file gives one typed error, and what it says. */
export async function expectRefused(file: Uint8Array | Promise<Uint8Array>, message?: RegExp): Promise<void> {
  const given = await file;
  expect(await attempt(given)).toBe('refused');
  const loading = PatchableGraph.load(given, { modules });
  await expect(loading).rejects.toThrow(GraphFileError);
  if (message !== undefined) await expect(PatchableGraph.load(given, { modules })).rejects.toThrow(message);
}
