import { rankOf, softmax } from '../../analysis/next-token.js';
import type { Score } from '../protocol.js';

/** The probabilities that logits stand for, and the scores of single choices. */
export interface Scores {
  readonly probabilities: Float64Array;
  at(index: number): Score;
}

export function scoresOf(logits: ArrayLike<number>): Scores {
  const probabilities = softmax(logits);
  return {
    probabilities,
    at: (index) => ({
      logit: logits[index] as number,
      probability: probabilities[index] as number,
      rank: rankOf(logits, index),
    }),
  };
}
