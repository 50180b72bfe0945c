import type { TensorDtype } from '@patchbay/core/client';
import { failure, type Parsed } from './shape-text.js';

/** More values than this are not written out. */
export const mostWritten = 2000;

const limits: Record<TensorDtype, { holds(value: number): boolean; words: string }> = {
  float32: { holds: (value) => Number.isFinite(Math.fround(value)), words: 'a number that float32 can hold' },
  int32: { holds: (value) => (value | 0) === value, words: 'a whole number of 32 bits' },
  bool: { holds: (value) => value === 0 || value === 1, words: '0 or 1' },
};

/** Reads numbers between blanks, commas, line ends and brackets: rows of a table, a list as in Python, or JSON. */
export function parseValues(text: string, dtype: TensorDtype, count: number): Parsed<number[]> {
  const words = text.split(/[\s,;[\]()]+/).filter((word) => word !== '');
  const { holds, words: kind } = limits[dtype];
  const values: number[] = [];
  for (const word of words) {
    const value = numberOf(word, dtype);
    if (value === null || !holds(value)) return failure(`“${word}”, value ${values.length}, is not ${kind}.`);
    values.push(value);
  }
  const error = countError(values.length, count);
  return error === null ? { value: values, error } : failure(error);
}

/** What is wrong with a number of values, or null. */
export function countError(given: number, count: number): string | null {
  if (given === count) return null;
  return `${given} values are given; the shape has room for ${count}.`;
}

function numberOf(word: string, dtype: TensorDtype): number | null {
  if (dtype === 'bool' && /^true$/i.test(word)) return 1;
  if (dtype === 'bool' && /^false$/i.test(word)) return 0;
  const value = Number(word);
  return Number.isFinite(value) ? value : null;
}

export function formatValues(values: readonly number[]): string {
  return values.join(', ');
}
