/** Entries in arrays of equal lengths, to any depth. */
export type Nested<T> = readonly (T | Nested<T>)[];

/** Nested arrays as one list in row-major order, with their shape. */
export interface Flattened {
  readonly shape: readonly number[];
  readonly leaves: readonly unknown[];
}

/** Tensors have at most this many axes, on every backend. */
export const MAX_RANK = 6;

/** More entries than this are refused, so that no small input makes a huge array. */
export const MAX_ENTRIES = 2 ** 24;

/**
 * Flattens nested arrays. Depth and size are bounded, so that arrays which contain themselves end too.
 * What the leaves are is for the caller to check.
 * @throws what `fail` makes of the problem, where lengths differ or a bound is passed
 */
export function flattenNested(nested: readonly unknown[], fail: (problem: string) => Error): Flattened {
  const shape = [nested.length];
  let level = nested;
  while (level.some(Array.isArray)) {
    const lists = level as readonly (readonly unknown[])[];
    const length = lists[0]?.length;
    if (!lists.every((list) => Array.isArray(list) && list.length === length)) {
      throw fail('must all have the same lengths');
    }
    if (shape.length === MAX_RANK) throw fail(`may be nested ${MAX_RANK} deep at most`);
    if (lists.length * (length as number) > MAX_ENTRIES)
      throw fail(`may hold ${MAX_ENTRIES} entries at most`);
    shape.push(length as number);
    level = lists.flat();
  }
  // Arrays with holes are shorter when flattened.
  if (level.length !== sizeOf(shape)) throw fail('must all have the same lengths');
  return { shape, leaves: level };
}

/** How many entries a tensor of this shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
