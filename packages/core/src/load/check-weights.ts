import * as tf from '@tensorflow/tfjs';
import { StateDictError } from '../errors.js';
import type { Module } from '../module/module.js';

/**
 * Compares the names and shapes of a checkpoint's weights with a model's. A variable with several names needs one of them.
 * @throws StateDictError listing all that is missing, unexpected or of another shape
 */
export function checkWeights(model: Module, shapes: ReadonlyMap<string, readonly number[]>): void {
  const own = model.stateDict();
  const given = new Set([...shapes.keys()].map((name) => own.get(name)));
  const problems = {
    missing: [...own].filter(([, variable]) => !given.has(variable)).map(([name]) => name),
    unexpected: [...shapes.keys()].filter((name) => !own.has(name)),
    'wrong shape': [...shapes].flatMap(([name, shape]) => {
      const expected = own.get(name)?.shape ?? shape;
      if (tf.util.arraysEqual([...expected], [...shape])) return [];
      return [`${name} (expected [${expected.join(', ')}], got [${shape.join(', ')}])`];
    }),
  };
  const found = Object.entries(problems).filter(([, names]) => names.length > 0);
  if (found.length === 0) return;
  const list = found.map(([what, names]) => `${what}: ${names.join(', ')}`).join('; ');
  throw new StateDictError(`The weights do not fit ${model.typeName}; ${list}.`);
}
