/** Comparing next-token distributions. All in float64 from float32 logits. */

/** Softmax probabilities. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let highest = -Infinity;
  for (let i = 0; i < logits.length; i += 1) highest = Math.max(highest, logits[i] as number);
  const probabilities = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = probabilities.reduce((total, each) => total + each, 0);
  return probabilities.map((each) => each / sum);
}

/** KL(p ‖ q) in nats; terms with p = 0 count as 0. */
export function klDivergence(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  p.forEach((each, i) => {
    if (each > 0) sum += each * Math.log(each / (q[i] as number));
  });
  return Math.max(0, sum);
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
