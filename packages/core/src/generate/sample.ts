import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { InputError } from '../errors.js';

/** Chooses the next token from its logits. */
export type Chooser = (logits: ArrayLike<number>) => number;

export interface Sampling {
  /** 0 takes the most likely token. */
  readonly temperature: number;
  readonly topK: number;
  readonly seed: number;
}

/** A chooser for each of `count` sequences, with a random stream of its own. */
export function choosers(count: number, { temperature, topK, seed }: Sampling): Chooser[] {
  const stream = xoroshiro128plus(seed);
  return Array.from({ length: count }, () => {
    if (temperature === 0) return mostLikely;
    const own = stream.clone();
    stream.jump();
    return (logits) => drawn(logits, temperature, topK, uniformFloat64(own));
  });
}

/** The id of the largest logit, the lowest of several. @throws InputError if none is a number */
export function mostLikely(logits: ArrayLike<number>): number {
  let best = -1;
  for (let id = 0; id < logits.length; id += 1) {
    // Written so that NaN never wins.
    if ((logits[id] as number) > (logits[best] ?? Number.NEGATIVE_INFINITY)) best = id;
  }
  if (best < 0) throw new InputError('No logit is a finite number, so that no token can be chosen.');
  return best;
}

/**
 * The id at which the cumulated softmax(logits / temperature) of the `topK` largest passes `random` in [0, 1), in
 * double precision.
 * @throws InputError if no logit is a number
 */
export function drawn(logits: ArrayLike<number>, temperature: number, topK: number, random: number): number {
  const largest = logits[mostLikely(logits)] as number;
  const candidates = largestIds(logits, topK);
  // Equality first, as two infinities have no difference.
  const weights = candidates.map((id) =>
    logits[id] === largest ? 1 : Math.exp(((logits[id] as number) - largest) / temperature),
  );
  let left = random * weights.reduce((sum, weight) => sum + weight, 0);
  const at = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return candidates[at < 0 ? weights.findLastIndex((weight) => weight > 0) : at] as number;
}

/** The ids of the `count` largest logits in ascending order, of equal ones the lowest; NaN counts as −∞. */
function largestIds(logits: ArrayLike<number>, count: number): number[] {
  const values = Float64Array.from(logits, (logit) =>
    Number.isNaN(logit) ? Number.NEGATIVE_INFINITY : logit,
  );
  const ids = [...values.keys()].filter((id) => values[id] !== Number.NEGATIVE_INFINITY);
  if (count >= ids.length) return ids;
  const least = values.slice().sort()[values.length - count] as number;
  let ties = count - ids.filter((id) => (values[id] as number) > least).length;
  return ids.filter((id) => {
    const value = values[id] as number;
    return value > least || (value === least && ties-- > 0);
  });
}
