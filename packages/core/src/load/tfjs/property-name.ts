import type { Module } from '../../module/module.js';

/** A name that TensorFlow gave, without the characters that paths and globs have a use for: they become `_`. */
export function plainName(name: string): string {
  return name.replace(/[^\p{ID_Continue}$-]/gu, '_') || '_';
}

/** Puts a module or tensor under a name, with a number where something has that name already. @returns the name */
export function hold(module: Module, wanted: string, held: unknown): string {
  let name = wanted;
  for (let count = 1; name in module; count += 1) name = `${wanted}_${count}`;
  Reflect.set(module, name, held);
  return name;
}
