import { klDivergence } from '../../analysis/next-token.js';
import { resolveValue } from '../../graph/paths.js';
import type { ClassScores } from '../../models/tensor-model.js';
import type { RecordedRun } from '../../patchable/recorded-run.js';
import { isFromSoftmax } from './distribution.js';
import { readRow } from './read-row.js';
import type { OutputReader, OutputValue } from './reader.js';
import { scoresOf } from './scores.js';

/**
 * The scores `[batch, class]` of the first input, which the node `path` holds. Probabilities are compared by their
 * logarithms, which are logits of the same distribution; where `scores` does not say, what a softmax gives is taken for
 * probabilities and all else for logits.
 */
export function classOutput(
  labels: readonly string[],
  path: string,
  scores: ClassScores | null,
): OutputReader {
  return {
    read: async (run) => {
      const row = await readRow(run, path, [0]);
      return [(scores ?? scoresIn(run, path)) === 'probabilities' ? logarithms(row) : row];
    },
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

function scoresIn({ index }: RecordedRun, path: string): ClassScores {
  return isFromSoftmax(index.graph, resolveValue(index, path)) ? 'probabilities' : 'logits';
}

function logarithms(row: OutputValue): OutputValue {
  return { ...row, values: Float32Array.from(row.values, Math.log) };
}
