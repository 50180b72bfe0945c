/** Comparing next-token distributions. All in float64 from float32 logits. */

/** Softmax probabilities. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const highest = largest(logits);
  const probabilities = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = probabilities.reduce((total, each) => total + each, 0);
  return probabilities.map((each) => each / sum);
}

/**
 * KL(p ‖ q) in nats of the distributions that two sets of logits stand for; terms with p = 0 count as
 * 0. Taken from the logits because small probabilities of q round to 0, which would make it infinite.
 */
export function klDivergence(pLogits: ArrayLike<number>, qLogits: ArrayLike<number>): number {
  const logP = logSoftmax(pLogits);
  const logQ = logSoftmax(qLogits);
  let sum = 0;
  logP.forEach((each, i) => {
    const p = Math.exp(each);
    if (p > 0) sum += p * (each - (logQ[i] as number));
  });
  return Math.max(0, sum);
}

function logSoftmax(logits: ArrayLike<number>): Float64Array {
  const highest = largest(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i += 1) sum += Math.exp((logits[i] as number) - highest);
  const logSum = Math.log(sum);
  return Float64Array.from(logits, (logit) => logit - highest - logSum);
}

function largest(values: ArrayLike<number>): number {
  let found = -Infinity;
  for (let i = 0; i < values.length; i += 1) found = Math.max(found, values[i] as number);
  return found;
}

/** 1 + how many entries are larger. */
export function rankOf(logits: ArrayLike<number>, index: number): number {
  const own = logits[index] as number;
  let rank = 1;
  for (let i = 0; i < logits.length; i += 1) if ((logits[i] as number) > own) rank += 1;
  return rank;
}

/** Indices of the `count` largest entries, largest first; ties by index. */
export function topIndices(values: ArrayLike<number>, count: number): number[] {
  const indices = Array.from({ length: values.length }, (_, index) => index);
  indices.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  return indices.slice(0, count);
}
