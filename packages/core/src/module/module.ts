import * as tf from '@tensorflow/tfjs';
import { StateDictError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import { activeHandler } from '../trace/calls.js';

/**
 * A part of a neural network. Submodules, tensors and settings are ordinary properties; arrays
 * and plain objects of modules are containers. Callers use `apply`, authors write `forward`.
 */
export abstract class Module {
  /** Names of `forward`'s arguments, for node paths; minifiers rename the ones in the code. */
  static readonly inputs: readonly string[] = [];

  /** What the module computes, written by its author. Callers use `apply`. */
  abstract forward(...args: never[]): unknown;

  /** Runs `forward`. The caller disposes the tensors of the result. */
  apply(...args: Parameters<this['forward']>): ReturnType<this['forward']> {
    const forward = (given: readonly unknown[]) => this.forward(...(given as never[]));
    const handler = activeHandler();
    return (handler === null ? forward(args) : handler.call(this, args, forward)) as ReturnType<
      this['forward']
    >;
  }

  /** The class's name, as the tree shows it. */
  get typeName(): string {
    return this.constructor.name;
  }

  /** The declared names of `forward`'s arguments. */
  get inputNames(): readonly string[] {
    return (this.constructor as typeof Module).inputs;
  }

  /** This module (named `''`) and all below it, each once, under its first dotted name. */
  namedModules(): Map<string, Module> {
    const found = new Map<string, Module>();
    const seen = new Set<Module>();
    walk(this, '', (name, module) => {
      if (seen.has(module)) return;
      seen.add(module);
      found.set(name, module);
    });
    return found;
  }

  /** Trainable variables, each once, under the first dotted name. The module owns them. */
  namedParameters(): Map<string, tf.Variable> {
    return firstNames(allTensors(this), (variable) => variable.trainable);
  }

  /** Variables that are not trainable, each once, under the first dotted name. The module owns them. */
  namedBuffers(): Map<string, tf.Variable> {
    return firstNames(allTensors(this), (variable) => !variable.trainable);
  }

  /** All variables under all their names, tied ones under each. The module owns them. */
  stateDict(): Map<string, tf.Variable> {
    return new Map(
      allTensors(this).filter((entry): entry is [string, tf.Variable] => entry[1] instanceof tf.Variable),
    );
  }

  /**
   * Copies tensors into the variables of the same names. The caller keeps ownership of `tensors`.
   * A tied variable needs only one of its names. Buffers may be missing.
   * @throws StateDictError listing all missing, unexpected and wrongly shaped keys; nothing is then changed.
   */
  loadStateDict(tensors: ReadonlyMap<string, tf.Tensor>, { strict = true } = {}): void {
    const own = this.stateDict();
    const given = new Set([...tensors.keys()].map((key) => own.get(key)));
    const missing = [...own]
      .filter(([, variable]) => variable.trainable && !given.has(variable))
      .map(([key]) => key);
    const unexpected = [...tensors.keys()].filter((key) => !own.has(key));
    const misshapen = [...tensors].flatMap(([key, { shape }]) => {
      const expected = own.get(key)?.shape;
      if (expected === undefined || tf.util.arraysEqual(expected, shape)) return [];
      return [`${key} (expected [${expected.join(', ')}], got [${shape.join(', ')}])`];
    });
    const problems = [
      ...(strict && missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
      ...(strict && unexpected.length > 0 ? [`unexpected: ${unexpected.join(', ')}`] : []),
      ...(misshapen.length > 0 ? [`wrong shape: ${misshapen.join(', ')}`] : []),
    ];
    if (problems.length > 0)
      throw new StateDictError(`The weights do not fit ${this.typeName}; ${problems.join('; ')}.`);
    for (const [key, tensor] of tensors) own.get(key)?.assign(tensor as tf.Tensor<tf.Rank>);
  }

  /** Frees all variables. The module cannot be used afterwards. */
  dispose(): void {
    for (const variable of new Set(allTensors(this).map(([, tensor]) => tensor))) variable.dispose();
  }
}

/** The submodules that `module` holds directly, with the names it has for them (`h.0`, `attn`). */
export function childrenOf(module: Module): [name: string, child: Module][] {
  return Object.entries(module).flatMap(([key, value]) => modulesIn(key, value));
}

function modulesIn(name: string, value: unknown): [name: string, child: Module][] {
  if (value instanceof Module) return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((item, index) => modulesIn(`${name}.${index}`, item));
  if (isPlainObject(value))
    return Object.entries(value).flatMap(([key, item]) => modulesIn(`${name}.${key}`, item));
  return [];
}

/** The tensors that `module` holds directly. */
export function tensorsOf(module: Module): [name: string, tensor: tf.Tensor][] {
  return Object.entries(module).filter(
    (entry): entry is [string, tf.Tensor] => entry[1] instanceof tf.Tensor,
  );
}

/** Calls `visit` for every name of every module, parents first. A module inside itself is not entered again. */
export function walk(
  module: Module,
  name: string,
  visit: (name: string, module: Module) => void,
  ancestors: readonly Module[] = [],
): void {
  visit(name, module);
  const within = [...ancestors, module];
  for (const [key, child] of childrenOf(module)) {
    if (!within.includes(child)) walk(child, name === '' ? key : `${name}.${key}`, visit, within);
  }
}

/** Every tensor under every dotted name. */
export function allTensors(root: Module): [name: string, tensor: tf.Tensor][] {
  const found: [string, tf.Tensor][] = [];
  walk(root, '', (name, module) => {
    for (const [key, tensor] of tensorsOf(module)) found.push([name === '' ? key : `${name}.${key}`, tensor]);
  });
  return found;
}

function firstNames(
  tensors: readonly [string, tf.Tensor][],
  wanted: (variable: tf.Variable) => boolean,
): Map<string, tf.Variable> {
  const found = new Map<string, tf.Variable>();
  const seen = new Set<tf.Tensor>();
  for (const [name, tensor] of tensors) {
    if (!(tensor instanceof tf.Variable) || !wanted(tensor) || seen.has(tensor)) continue;
    seen.add(tensor);
    found.set(name, tensor);
  }
  return found;
}
