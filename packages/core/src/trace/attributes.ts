import { isScalar } from '../graph/structure.js';
import type { Scalar } from '../graph/types.js';
import type { Traceable } from './types.js';

/** Told of the numbers, booleans and strings that code reads from and writes to modules. */
export interface AttributeListener {
  /** Answers with the value to go on with. */
  readAttribute(module: Traceable, name: string, scalar: Scalar): Scalar;
  wroteAttribute(module: Traceable, name: string, value: unknown): void;
}

/** Tells of the use of modules' attributes. @returns what ends that, with `true` also undoing what was written */
export function watchAttributes(
  modules: Iterable<Traceable>,
  listener: AttributeListener,
): (undo: boolean) => void {
  const restores: ((undo: boolean) => void)[] = [];
  for (const module of new Set(modules)) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
      if (isAttribute(descriptor)) restores.push(watch(module, name, descriptor, listener));
    }
  }
  return (undo) => {
    for (const restore of restores) restore(undo);
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
  listener: AttributeListener,
): (undo: boolean) => void {
  let value: unknown = descriptor.value;
  Object.defineProperty(module, name, {
    configurable: true,
    enumerable: true,
    get: () => (isScalar(value) ? listener.readAttribute(module, name, value) : value),
    set(assigned: unknown) {
      value = assigned;
      listener.wroteAttribute(module, name, assigned);
    },
  });
  return (undo) => {
    Object.defineProperty(module, name, undo ? descriptor : { ...descriptor, value });
  };
}
