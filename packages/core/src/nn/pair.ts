import { InputError } from '../errors.js';

/** A number for height and one for width. */
export type Pair = readonly [height: number, width: number];

/** A setting as a pair. @throws InputError for what is no whole number of at least `least`, or no pair of them */
export function pairOf(name: string, value: number | Pair, least: number): Pair {
  const pair = typeof value === 'number' ? ([value, value] as const) : value;
  const isRight =
    Array.isArray(pair) && pair.length === 2 && pair.every((each) => Number.isInteger(each) && each >= least);
  if (isRight) return pair;
  throw new InputError(
    `${name} must be a whole number of at least ${least} or a pair of them, but is ${JSON.stringify(value)}.`,
  );
}
