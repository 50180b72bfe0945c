import type { Scalar } from '../graph/types.js';
import { isScalar } from './structure-of.js';
import type { Traceable } from './types.js';

/** Told of an attribute that is read; answers with the value to go on with. */
export type ReadAttribute = (module: Traceable, name: string, scalar: Scalar) => Scalar;

/** Calls `read` wherever code reads a number, boolean or string that a module holds. @returns what ends that */
export function watchAttributes(modules: Iterable<Traceable>, read: ReadAttribute): () => void {
  const restores: (() => void)[] = [];
  for (const module of new Set(modules)) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
      if (isAttribute(descriptor)) restores.push(watch(module, name, descriptor, read));
    }
  }
  return () => {
    for (const restore of restores) restore();
  };
}

function isAttribute({ configurable, enumerable, value }: PropertyDescriptor): boolean {
  return (
    configurable === true && enumerable === true && value !== null && value !== undefined && isScalar(value)
  );
}

function watch(
  module: Traceable,
  name: string,
  descriptor: PropertyDescriptor,
  read: ReadAttribute,
): () => void {
  let value: unknown = descriptor.value;
  Object.defineProperty(module, name, {
    configurable: true,
    enumerable: true,
    get: () => (isScalar(value) ? read(module, name, value) : value),
    set(assigned: unknown) {
      value = assigned;
    },
  });
  return () => {
    Object.defineProperty(module, name, { ...descriptor, value });
  };
}
