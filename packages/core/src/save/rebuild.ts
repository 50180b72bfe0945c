import * as tf from '@tensorflow/tfjs';
import { type Module, PROPERTY_NAMES } from '../module/module.js';
import type { ClassRow } from './format.js';
import type { ReadDocument } from './read-document.js';
import type { Held, ReadObject } from './read-objects.js';
import { type MissingClass, omittedProperty, standIn } from './stand-in.js';

/** A tensor of the file with its data. */
export type ReadTensor = (name: string) => tf.Tensor;

/**
 * Makes the tensors of a file. Those that share data in the file share it again. The caller owns them.
 * @throws what `read` throws; nothing stays allocated
 */
export function makeTensors({ tensors }: ReadDocument, read: ReadTensor): tf.Tensor[] {
  const data = new Map<string, tf.Tensor>();
  const made: tf.Tensor[] = [];
  try {
    for (const { data: name, kind, shape } of tensors) {
      const stored = data.get(name) ?? read(name);
      data.set(name, stored);
      // On wasm a clone would copy the data.
      const tensor = stored.reshape([...(shape ?? stored.shape)]);
      made.push(kind === 'tensor' ? tf.keep(tensor) : asVariable(tensor, kind === 'parameter'));
    }
    return made;
  } catch (error) {
    tf.dispose(made);
    throw error;
  } finally {
    tf.dispose([...data.values()]);
  }
}

function asVariable(tensor: tf.Tensor, trainable: boolean): tf.Variable {
  const variable = tf.variable(tensor, trainable);
  tensor.dispose();
  return variable;
}

/** The class that modules of a row are made of, or null for those that stand-ins take the place of. */
export type ClassFor = (row: ClassRow) => typeof Module | null;

/**
 * Makes the objects of a file, the model first, without running any constructor. They hold the tensors from now on.
 */
export function makeObjects(
  { objects }: ReadDocument,
  tensors: readonly tf.Tensor[],
  classFor: ClassFor,
  missing: MissingClass,
): object[] {
  const made = objects.map((object) => emptyOf(object, classFor, missing));
  const contentOf = (held: Held): unknown => {
    switch (held.kind) {
      case 'scalar':
        return held.scalar;
      case 'object':
        return made[held.id];
      case 'tensor':
        return tensors[held.id];
      case 'omitted':
        return undefined;
    }
  };
  objects.forEach((object, id) => {
    const target = made[id] as object;
    for (const [name, held] of object.contents) {
      // Not assigned: a name like `__proto__` would do something else.
      Object.defineProperty(target, name, descriptorOf(object, name, held, contentOf(held)));
    }
    if (object.kind === 'module') keepOrder(target as Module, object.contents);
  });
  return made;
}

function emptyOf(object: ReadObject, classFor: ClassFor, missing: MissingClass): object {
  switch (object.kind) {
    case 'module': {
      const type = classFor(object.row);
      return type === null
        ? standIn(object.row, missing)
        : (Object.create(type.prototype as object) as Module);
    }
    case 'array':
      return [];
    case 'object':
      return {};
    case 'typed':
      return object.array;
  }
}

function descriptorOf(object: ReadObject, name: string, held: Held, value: unknown): PropertyDescriptor {
  if (held.kind === 'omitted' && object.kind === 'module')
    return omittedProperty(object.row.type, name, held.what);
  return { value, writable: true, enumerable: true, configurable: true };
}

/** JavaScript puts names that are numbers first; a container remembers them in the order in which they were added. */
function keepOrder(module: Module, properties: readonly (readonly [name: string, held: Held])[]): void {
  const names = properties.map(([name]) => name);
  if (Object.keys(module).every((name, i) => name === names[i])) return;
  const inOrder = () =>
    [...new Set([...names, ...Object.keys(module)])].filter((name) => Object.hasOwn(module, name));
  Object.defineProperty(module, PROPERTY_NAMES, { value: inOrder, configurable: true, writable: true });
}
