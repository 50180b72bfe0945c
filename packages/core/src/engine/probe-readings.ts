import * as tf from '@tensorflow/tfjs';
import { summarize } from '../analysis/statistics.js';
import { readSlice } from '../patch/indexing.js';
import { ProbePatch } from '../patch/patches.js';
import { sliceFor } from '../patch/spec.js';
import type { SpecifiedPatch } from './patch-specs.js';
import type { ProbeReading } from './protocol.js';

const VALUES_SENT = 64;

/** Reads what the probes among the patches hold after a run. */
export async function readProbes(placed: readonly SpecifiedPatch[]): Promise<ProbeReading[]> {
  const readings: ProbeReading[] = [];
  for (const { patch, spec } of placed) {
    if (!(patch instanceof ProbePatch) || patch.activation === null) continue;
    const { activation } = patch;
    const slice = sliceFor(spec.slice, activation.shape);
    const part = tf.tidy(() => (slice === null ? activation.clone() : readSlice(activation, slice)));
    try {
      const values = await part.data();
      readings.push({
        patchId: spec.id,
        shape: part.shape,
        statistics: summarize(values),
        values: Array.from(values.slice(0, VALUES_SENT)),
      });
    } finally {
      part.dispose();
    }
  }
  return readings;
}

/** Frees what the probes among the patches hold. */
export function disposeProbes(placed: readonly SpecifiedPatch[]): void {
  for (const { patch } of placed) if (patch instanceof ProbePatch) patch.dispose();
}
