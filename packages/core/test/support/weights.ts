import type * as tf from '@tensorflow/tfjs';
import type { PackedKind } from '../../src/kernels/packing.js';
import { MatrixWriter } from '../../src/load/matrix-writer.js';
import type { Module } from '../../src/module/module.js';
import { WeightHolder } from '../../src/nn/weight-holder.js';
import { layoutOf } from '../../src/nn/weight-layout.js';
import type { CheckpointFolder } from './checkpoint.js';

/** The files of a checkpoint's folder as a browser gives them. */
export function filesOf(folder: CheckpointFolder): File[] {
  return Object.entries(folder).map(([name, bytes]) => new File([bytes], name));
}

/** Packs all matrices of a module, on any backend. */
export async function packMatrices(module: Module, kind: PackedKind): Promise<void> {
  const holders = new Map<tf.Variable, WeightHolder[]>();
  for (const each of module.namedModules().values())
    if (each instanceof WeightHolder) holders.set(each.weight, [...(holders.get(each.weight) ?? []), each]);
  for (const [variable, tied] of holders) {
    const [rows, columns] = variable.shape as [number, number];
    const { channels } = tied[0] as WeightHolder;
    const layout = layoutOf({ rows, columns, channels }, kind, Number.POSITIVE_INFINITY);
    if (!layout) throw new Error(`nothing to pack in [${variable.shape.join(', ')}]`);
    const packing = { kind, columns, channels };
    const writer = new MatrixWriter('weight', { variable, holders: tied, layout, packing });
    writer.write((await variable.data()) as Float32Array);
    writer.end();
  }
}
