import { klDivergence } from '../../analysis/next-token.js';
import { readRow } from './read-row.js';
import type { OutputReader } from './reader.js';
import { scoresOf } from './scores.js';

/** The logits `[batch, class]` of the first input, which the node `path` holds. */
export function classOutput(labels: readonly string[], path: string): OutputReader {
  return {
    read: async (run) => [await readRow(run, path, [0])],
    compare([clean], [patched]) {
      const cleanLogits = Array.from(clean?.values ?? []);
      const patchedLogits = Array.from(patched?.values ?? []);
      const p = scoresOf(cleanLogits);
      const q = scoresOf(patchedLogits);
      return {
        kind: 'classes',
        rows: cleanLogits.map((_, index) => ({
          index,
          label: labels[index] ?? String(index),
          clean: p.at(index),
          patched: q.at(index),
        })),
        divergence: klDivergence(cleanLogits, patchedLogits),
      };
    },
  };
}
