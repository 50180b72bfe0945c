import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';

/**
 * What a trace depends on (spec rule T3): structure, shapes and dtypes, and the values of scalars.
 * @throws InputError for what is no input
 */
export function signatureOf(value: unknown): string {
  if (value instanceof tf.Tensor) return `${value.dtype}[${value.shape.join(',')}]`;
  if (Array.isArray(value)) return `[${value.map(signatureOf).join(';')}]`;
  if (isPlainObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${signatureOf(item)}`)
      .join(';')}}`;
  }
  if (typeof value === 'object' && value !== null) {
    throw new InputError(
      `A ${value.constructor.name} is no input; tensors, arrays, plain objects and scalars are.`,
    );
  }
  if (typeof value === 'string') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`;
}
