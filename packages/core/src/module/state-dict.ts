import type * as tf from '@tensorflow/tfjs';
import { StateDictError } from '../errors.js';

/** Keys of a state dict that a module lacks, and keys of the module that the state dict lacks. */
export interface KeyDifference {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/**
 * Copies tensors into the variables of the same names, after checking all of them. A variable with several names
 * needs one of them only: checkpoints keep tied weights once.
 * @throws StateDictError, which lists everything that does not fit; nothing is changed then
 */
export function loadTensors(
  own: ReadonlyMap<string, tf.Variable>,
  tensors: ReadonlyMap<string, tf.Tensor>,
  { strict, owner }: { strict: boolean; owner: string },
): KeyDifference {
  const given = new Set([...tensors.keys()].map((key) => own.get(key)));
  const missingKeys = [...own].filter(([, variable]) => !given.has(variable)).map(([key]) => key);
  const unexpectedKeys = [...tensors.keys()].filter((key) => !own.has(key));
  const problems = {
    missing: strict ? missingKeys : [],
    unexpected: strict ? unexpectedKeys : [],
    'wrong shape': mismatches(own, tensors, ({ shape }) => `[${shape.join(', ')}]`),
    'wrong dtype': mismatches(own, tensors, ({ dtype }) => dtype),
    disposed: [...tensors].filter(([, { isDisposed }]) => isDisposed).map(([key]) => key),
  };
  const found = Object.entries(problems).filter(([, keys]) => keys.length > 0);
  if (found.length > 0) {
    const list = found.map(([what, keys]) => `${what}: ${keys.join(', ')}`).join('; ');
    throw new StateDictError(`The weights do not fit ${owner}; ${list}.`);
  }
  for (const [key, tensor] of tensors) own.get(key)?.assign(tensor as tf.Tensor<tf.Rank>);
  return { missingKeys, unexpectedKeys };
}

/** The keys whose tensors are described in another way than the variables, with both descriptions. */
function mismatches(
  own: ReadonlyMap<string, tf.Variable>,
  tensors: ReadonlyMap<string, tf.Tensor>,
  describe: (tensor: tf.Tensor) => string,
): string[] {
  return [...tensors].flatMap(([key, tensor]) => {
    const variable = own.get(key);
    if (variable === undefined || describe(variable) === describe(tensor)) return [];
    return [`${key} (expected ${describe(variable)}, got ${describe(tensor)})`];
  });
}
