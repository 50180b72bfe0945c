import { klDivergence, topIndices } from '../../analysis/next-token.js';
import type { Tokenizer } from '../../load/tokenizer.js';
import type { TokenRow } from '../protocol.js';
import { readRow } from './read-row.js';
import type { OutputQuery, OutputReader } from './reader.js';
import { scoresOf } from './scores.js';

const LOGITS = 'output|logits';

/**
 * The logits `[batch, position, vocabulary]` at one position of the first text. `maskId` is the token that the model
 * guesses, or null if it guesses the next one.
 */
export function vocabularyOutput(tokenizer: Tokenizer, maskId: number | null): OutputReader {
  return {
    read: async (run, query) => [await readRow(run, LOGITS, [0, placeOf(query, maskId)])],
    compare([clean], [patched], query) {
      const cleanLogits = clean?.values ?? [];
      const patchedLogits = patched?.values ?? [];
      const p = scoresOf(cleanLogits);
      const q = scoresOf(patchedLogits);
      const { topK } = query;
      const ids = new Set([...topIndices(p.probabilities, topK), ...topIndices(q.probabilities, topK)]);
      const larger = (id: number) => Math.max(p.probabilities[id] as number, q.probabilities[id] as number);
      const rows: TokenRow[] = [...ids]
        .sort((a, b) => larger(b) - larger(a))
        .map((id) => ({
          token: { id, text: tokenizer.tokenText(id) },
          clean: p.at(id),
          patched: q.at(id),
        }));
      return {
        kind: 'vocabulary',
        position: placeOf(query, maskId),
        rows,
        divergence: klDivergence(cleanLogits, patchedLogits),
      };
    },
  };
}

/** The position asked for, counted from 0 and within the text. */
function placeOf({ position, tokens }: OutputQuery, maskId: number | null): number {
  const last = tokens.length - 1;
  if (position === null) {
    const masked = maskId === null ? -1 : tokens.findIndex(({ id }) => id === maskId);
    return masked < 0 ? last : masked;
  }
  return Math.min(last, Math.max(0, position < 0 ? tokens.length + position : position));
}
