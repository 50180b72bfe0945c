import * as tf from '@tensorflow/tfjs';
import { isPlainObject } from '../graph/structure.js';

/** How deep containers in properties are looked into. */
const DEPTH = 4;

/**
 * Remembers what objects hold. The function that it returns takes back all tensors that were left in them since, but
 * variables: such as an activation that `forward` keeps for later, which a scope around it has freed or will free.
 */
export function rememberTensors(objects: Iterable<object>): () => void {
  const undos = [...objects].map((object) => remember(object, DEPTH));
  return () => {
    for (const undo of undos) undo();
  };
}

function remember(object: object, depth: number): () => void {
  const before = new Map<string, unknown>();
  const inside: (() => void)[] = [];
  for (const [key, value] of dataOf(object)) {
    before.set(key, value);
    if (depth > 0 && (Array.isArray(value) || isPlainObject(value))) inside.push(remember(value, depth - 1));
  }
  return () => {
    for (const [key, value] of dataOf(object)) {
      const isLeft =
        value instanceof tf.Tensor && !(value instanceof tf.Variable) && value !== before.get(key);
      if (!isLeft) continue;
      if (before.has(key)) Reflect.set(object, key, before.get(key));
      else Reflect.deleteProperty(object, key);
    }
    for (const undo of inside) undo();
  };
}

/** Properties that hold data; getters are not run. */
function dataOf(object: object): [key: string, value: unknown][] {
  return Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([key, descriptor]) =>
    'value' in descriptor ? [[key, descriptor.value] as [string, unknown]] : [],
  );
}
