import * as tf from '@tensorflow/tfjs';
import { isPlainObject } from '../graph/structure.js';
import { guardKernels } from '../memory/guard.js';
import { activeHandler } from '../trace/calls.js';
import { type KeyDifference, loadTensors } from './state-dict.js';

guardKernels();

/** Key of the method that lists a module's property names; a symbol keeps clear of authors' properties. */
export const PROPERTY_NAMES = Symbol('property names');

/** Key of what says that a module's `forward` is known not to be recordable, so that nobody tries (spec rule T7). */
export const OPAQUE = Symbol('opaque');

/** Key of what says that `forward` only hands over to code of others, which is no source to show for its nodes. */
export const FOREIGN = Symbol('foreign');

/**
 * A part of a neural network. Submodules, tensors and settings are ordinary properties; arrays
 * and plain objects of modules are containers. Callers use `apply`, authors write `forward`.
 *
 * A trainable `tf.Variable` is a parameter, another one a buffer; numbers, booleans and strings are attributes.
 * A plain tensor is a node of graphs too, but is not saved.
 */
export abstract class Module {
  /**
   * Names of `forward`'s arguments, for node paths; minifiers rename the ones in the code. Arguments without
   * one are called `input`, `input_1`, ….
   */
  static readonly inputs: readonly string[] = [];

  /** The name of exactly this class in trees and saved graphs, for code whose minifier renames classes. */
  static readonly typeName?: string;

  /** True where `forward` has to run by itself in graphs. @internal */
  readonly [OPAQUE]?: true;

  /** True where the lines of `forward` do not show what it computes. @internal */
  readonly [FOREIGN]?: true;

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

  /** The name that the class declares, or else the one that it has in the code, as the tree shows it. */
  get typeName(): string {
    const type = this.constructor as typeof Module;
    const declared = Object.hasOwn(type, 'typeName') ? type.typeName : undefined;
    return declared ?? (type.name || 'Module');
  }

  /** The declared names of `forward`'s arguments. */
  get inputNames(): readonly string[] {
    return (this.constructor as typeof Module).inputs;
  }

  /**
   * Other names for nodes of this model's graphs, such as those that another library has for them: alias → node
   * path. Patterns and patches take them too. Paths that a graph lacks are left out.
   */
  nodeAliases(): ReadonlyMap<string, string> {
    return new Map();
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

  /** All variables under all their names, tied ones under each, in PyTorch's order. The module owns them. */
  stateDict(): Map<string, tf.Variable> {
    const found = new Map<string, tf.Variable>();
    walk(this, '', (name, module) => {
      const variables = tensorsOf(module)
        .filter((entry): entry is [string, tf.Variable] => entry[1] instanceof tf.Variable)
        .sort(([, a], [, b]) => Number(b.trainable) - Number(a.trainable));
      for (const [key, variable] of variables) found.set(joined(name, key), variable);
    });
    return found;
  }

  /**
   * Copies tensors into the parameters and buffers of the same names. The caller keeps ownership of `tensors`.
   * A tied variable needs only one of its names. `strict: false` allows missing and unexpected keys.
   * @returns the keys that are missing or unexpected, as PyTorch's `load_state_dict`
   * @throws StateDictError listing all keys that are missing, unexpected or of another shape or dtype; nothing is
   * then changed.
   */
  loadStateDict(tensors: ReadonlyMap<string, tf.Tensor>, { strict = true } = {}): KeyDifference {
    return loadTensors(this.stateDict(), tensors, { strict, owner: this.typeName });
  }

  /** Frees all variables. The module cannot be used afterwards. */
  dispose(): void {
    for (const variable of new Set(allTensors(this).map(([, tensor]) => tensor))) variable.dispose();
  }

  /** Names of the properties that may hold modules and tensors, in PyTorch's order. @internal */
  [PROPERTY_NAMES](): readonly string[] {
    return Object.keys(this);
  }
}

/** A module's properties. Getters are not run: a trace watches attributes through them. */
function propertiesOf(module: Module): [name: string, value: unknown][] {
  return module[PROPERTY_NAMES]().map((name) => [name, Object.getOwnPropertyDescriptor(module, name)?.value]);
}

/** The submodules that `module` holds directly, with the names it has for them (`h.0`, `attn`). */
export function childrenOf(module: Module): [name: string, child: Module][] {
  return propertiesOf(module).flatMap(([key, value]) => modulesIn(key, value, []));
}

/** The modules in a property. A container inside itself is not entered again. */
function modulesIn(
  name: string,
  value: unknown,
  within: readonly unknown[],
): [name: string, child: Module][] {
  if (value instanceof Module) return [[name, value]];
  const isContainer = Array.isArray(value) || isPlainObject(value);
  if (!isContainer || within.includes(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    modulesIn(`${name}.${key}`, item, [...within, value]),
  );
}

/** The tensors that `module` holds directly. */
export function tensorsOf(module: Module): [name: string, tensor: tf.Tensor][] {
  return propertiesOf(module).filter((entry): entry is [string, tf.Tensor] => entry[1] instanceof tf.Tensor);
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
    if (!within.includes(child)) walk(child, joined(name, key), visit, within);
  }
}

/** Every tensor under every dotted name. */
export function allTensors(root: Module): [name: string, tensor: tf.Tensor][] {
  const found: [string, tf.Tensor][] = [];
  walk(root, '', (name, module) => {
    for (const [key, tensor] of tensorsOf(module)) found.push([joined(name, key), tensor]);
  });
  return found;
}

function joined(name: string, key: string): string {
  return name === '' ? key : `${name}.${key}`;
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
