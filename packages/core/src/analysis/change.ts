/** How a tensor differs from another of its shape, over all entries that are finite in both. */
export interface Change {
  /** Largest and mean |Δ|. */
  largest: number;
  mean: number;
  /** ‖Δ‖ / ‖before‖ in the Euclidean norm; 0 where nothing changed, else infinite if all was 0 before. */
  relative: number;
  /** Of the two tensors as vectors; 0 where one of them is all zeros. */
  cosine: number;
  /** Entries that are not finite in one of them. */
  excluded: number;
}

/** Compares two tensors entry by entry, in float64. */
export function changeOf(before: ArrayLike<number>, after: ArrayLike<number>): Change {
  let largest = 0;
  let sum = 0;
  let squares = 0;
  let beforeSquares = 0;
  let afterSquares = 0;
  let product = 0;
  let count = 0;
  for (let i = 0; i < before.length; i += 1) {
    const a = before[i] as number;
    const b = after[i] as number;
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    const difference = Math.abs(b - a);
    largest = Math.max(largest, difference);
    sum += difference;
    squares += difference ** 2;
    beforeSquares += a ** 2;
    afterSquares += b ** 2;
    product += a * b;
    count += 1;
  }
  return {
    largest,
    mean: count === 0 ? 0 : sum / count,
    relative: squares === 0 ? 0 : Math.sqrt(squares / beforeSquares),
    cosine: product === 0 ? 0 : product / Math.sqrt(beforeSquares * afterSquares),
    excluded: before.length - count,
  };
}
