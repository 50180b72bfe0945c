import { GraphFileError } from '../errors.js';
import type { ReadModule, ReadObject } from './read-objects.js';

/**
 * Bounds on the modules of a file: shared ones have several names, whose number may grow beyond all bounds. Visits are
 * of modules and containers by all their names, and in each all that it holds is looked at.
 */
const MOST = { modules: 2 ** 14, visits: 2 ** 17, looks: 2 ** 22, depth: 100, characters: 2 ** 24 };

/** The dotted names that a rebuilt model will have. */
export interface ModuleNames {
  /** Modules by all their names; the model has the empty name. */
  readonly modules: ReadonlyMap<string, ReadModule>;
  /** Numbers of tensors that modules hold as properties, by all their names. */
  readonly tensors: ReadonlyMap<string, number>;
}

/**
 * Names modules and tensors as `Module.namedModules` and `stateDict` will, before anything is built.
 * @throws GraphFileError where there are too many, or they nest too deeply
 */
export function nameModules(objects: readonly ReadObject[]): ModuleNames {
  const modules = new Map<string, ReadModule>();
  const tensors = new Map<string, number>();
  const counts = { visits: 0, looks: 0, characters: 0 };

  const count = (what: keyof typeof counts, more: number): void => {
    counts[what] += more;
    if (counts[what] > MOST[what]) throw tooMuch(`its modules have over ${MOST[what]} ${what}`);
  };
  const enter = (object: ReadObject, depth: number): void => {
    count('visits', 1);
    count('looks', object.contents.length);
    if (depth > MOST.depth) throw tooMuch(`its modules nest over ${MOST.depth} deep`);
  };
  const visitModule = (id: number, name: string, ancestors: readonly number[]): void => {
    const module = objects[id] as ReadModule;
    enter(module, ancestors.length);
    count('characters', name.length);
    modules.set(name, module);
    if (modules.size > MOST.modules) throw tooMuch(`its modules have over ${MOST.modules} names`);
    for (const [key, held] of module.contents) {
      if (held.kind !== 'tensor') continue;
      count('characters', name.length + key.length);
      tensors.set(joined(name, key), held.id);
    }
    const within = [...ancestors, id];
    for (const [key, held] of module.contents)
      if (held.kind === 'object') visit(joined(name, key), held.id, within, []);
  };
  const visit = (
    name: string,
    id: number,
    ancestors: readonly number[],
    containers: readonly number[],
  ): void => {
    const object = objects[id] as ReadObject;
    if (object.kind === 'module') {
      if (!ancestors.includes(id)) visitModule(id, name, ancestors);
      return;
    }
    if (containers.includes(id)) return;
    enter(object, ancestors.length + containers.length);
    const within = [...containers, id];
    for (const [key, held] of object.contents)
      if (held.kind === 'object') visit(`${name}.${key}`, held.id, ancestors, within);
  };
  visitModule(0, '', []);
  return { modules, tensors };
}

/** Checks that every object is held by the model or by what it holds. @throws GraphFileError */
export function checkReached(objects: readonly ReadObject[]): void {
  const reached = new Set([0]);
  for (const id of reached) {
    for (const [, held] of (objects[id] as ReadObject).contents)
      if (held.kind === 'object') reached.add(held.id);
  }
  const lost = objects.findIndex((_, id) => !reached.has(id));
  if (lost >= 0)
    throw new GraphFileError(`The graph file is broken at objects[${lost}]: nothing in the model holds it.`);
}

function joined(name: string, key: string): string {
  return name === '' ? key : `${name}.${key}`;
}

function tooMuch(what: string): GraphFileError {
  return new GraphFileError(`The graph file cannot be read: ${what}.`);
}
