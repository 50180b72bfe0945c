/**
 * Beyond this a value counts as masked: attention scores of positions that may not be seen, and what
 * a patch there adds to or takes from them.
 */
const MASKED_BEYOND = 1e30;

export interface Summary {
  minimum: number;
  maximum: number;
  mean: number;
  standardDeviation: number;
  /** Entries that are masked, infinite or not a number; they are left out of the rest. */
  excluded: number;
}

/** True for entries that a summary and a colour scale leave out. */
export function isExcluded(value: number): boolean {
  return !(Math.abs(value) < MASKED_BEYOND);
}

/** Minimum, maximum, mean and population standard deviation; all 0 where nothing is left to count. */
export function summarize(values: ArrayLike<number>): Summary {
  let minimum = Infinity;
  let maximum = -Infinity;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (isExcluded(value)) continue;
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
    sum += value;
    count += 1;
  }
  const excluded = values.length - count;
  if (count === 0) return { minimum: 0, maximum: 0, mean: 0, standardDeviation: 0, excluded };
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (!isExcluded(value)) squares += (value - mean) ** 2;
  }
  return { minimum, maximum, mean, standardDeviation: Math.sqrt(squares / count), excluded };
}
