import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import type { Graph, Structure, TensorInfo } from '../graph/types.js';

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
  return signatureOfScalar(value);
}

/** The same of the inputs that a graph was traced with. */
export function signatureOfGraph({ inputs, values }: Graph): string {
  const signature = (structure: Structure): string => {
    switch (structure.kind) {
      case 'tensor': {
        const { dtype, shape } = values[structure.value] as TensorInfo;
        return `${dtype}[${shape.join(',')}]`;
      }
      case 'array':
        return `[${structure.items.map(signature).join(';')}]`;
      case 'object': {
        const entries = Object.entries(structure.entries);
        return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${signature(entry)}`).join(';')}}`;
      }
      case 'scalar':
        return signatureOfScalar(structure.scalar);
    }
  };
  return `[${inputs.map(signature).join(';')}]`;
}

function signatureOfScalar(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`;
}
