import type { Tensor } from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { Module, PROPERTY_NAMES } from './module.js';

/** Modules by name, either as an object or as pairs. */
type Named<M extends Module> = Readonly<Record<string, M>> | Iterable<readonly [name: string, module: M]>;

/** The names of each container in the order in which they were added: JavaScript puts '2' before '10'. */
const orders = new WeakMap<Container, string[]>();

/** Holds modules as properties, and keeps their order. */
abstract class Container extends Module {
  /** The property names, in the order in which they were added. @internal */
  override [PROPERTY_NAMES](): readonly string[] {
    const names = new Set([...(orders.get(this) ?? []), ...Object.keys(this)]);
    return [...names].filter((name) => Object.hasOwn(this, name));
  }
}

function entriesOf<M extends Module>(container: Container): [name: string, module: M][] {
  return container[PROPERTY_NAMES]().flatMap((name): [string, M][] => {
    const value: unknown = Reflect.get(container, name);
    return value instanceof Module ? [[name, value as M]] : [];
  });
}

/** Adds a module or replaces one. @throws InputError for a name that PyTorch refuses too, or what is no module */
function put(container: Container, name: string, module: Module): void {
  const owner = container.typeName;
  if (!(module instanceof Module)) {
    throw new InputError(`A ${owner} holds modules, not what '${name}' is (${typeof module}).`);
  }
  const isOwnModule = Object.hasOwn(container, name) && Reflect.get(container, name) instanceof Module;
  if (name === '' || name.includes('.') || (name in container && !isOwnModule)) {
    throw new InputError(
      `'${name}' cannot name a module of a ${owner}; names are not empty, have no dot, and differ from its methods.`,
    );
  }
  const order = orders.get(container) ?? [];
  orders.set(container, order);
  if (!order.includes(name)) order.push(name);
  Reflect.set(container, name, module);
}

/** Modules in a row, named by index. */
abstract class Row<M extends Module> extends Container implements Iterable<M> {
  [index: number]: M;

  /** How many modules there are. */
  get length(): number {
    return entriesOf<M>(this).length;
  }

  /** The module at an index, negative ones from the end; undefined where there is none. */
  at(index: number): M | undefined {
    return entriesOf<M>(this).at(index)?.[1];
  }

  /** Adds a module at the end. */
  append(module: M): this {
    put(this, String(this.length), module);
    return this;
  }

  /** The modules in order. */
  *[Symbol.iterator](): Generator<M> {
    for (const [, module] of entriesOf<M>(this)) yield module;
  }
}

/** A list of modules, as `torch.nn.ModuleList`: children are named by index, and it is not called itself. */
export class ModuleList<M extends Module> extends Row<M> {
  static override readonly typeName: string = 'ModuleList';

  /** @throws InputError for what is no module */
  constructor(modules: Iterable<M> = []) {
    super();
    for (const module of modules) this.append(module);
  }

  /** @throws InputError always */
  forward(): never {
    throw new InputError('A ModuleList is not called itself; call the modules in it.');
  }
}

/**
 * Modules called one after the other, each with the result of the one before, as `torch.nn.Sequential`. Their
 * names are their indices, or those of a `Map` or of pairs: `new Sequential([['up', up], ['down', down]])`.
 */
export class Sequential extends Row<Module> {
  static override readonly typeName: string = 'Sequential';

  /** @throws InputError for what is no module, and for names that PyTorch refuses too */
  constructor(...modules: readonly Module[] | [named: Iterable<readonly [name: string, module: Module]>]) {
    super();
    const [first] = modules;
    const isNamed = first !== undefined && !(first instanceof Module);
    const entries = isNamed
      ? first
      : (modules as Module[]).map((module, index) => [`${index}`, module] as const);
    for (const [name, module] of entries) put(this, name, module);
  }

  /** The result of the last module. */
  forward(input: Tensor): Tensor {
    return [...this].reduce<Tensor>(
      (value, module) => module.apply(...([value] as never[])) as Tensor,
      input,
    );
  }
}

/**
 * Modules by name, as `torch.nn.ModuleDict`; it is not called itself. It keeps the order in which modules were
 * added. JavaScript sorts an object's keys that are numbers, so such names come in order only from a `Map` or pairs.
 */
export class ModuleDict<M extends Module> extends Container implements Iterable<[name: string, module: M]> {
  static override readonly typeName: string = 'ModuleDict';
  [name: string]: M | unknown;

  /** @throws InputError for what is no module, and for names that PyTorch refuses too */
  constructor(modules: Named<M> = {}) {
    super();
    const isPairs = Symbol.iterator in modules;
    const pairs = isPairs ? (modules as Iterable<readonly [string, M]>) : Object.entries(modules);
    for (const [name, module] of pairs) this.set(name, module);
  }

  /** How many modules there are. */
  get size(): number {
    return entriesOf<M>(this).length;
  }

  /** Adds a module, or puts it in the place of the one of this name. @throws InputError as the constructor */
  set(name: string, module: M): this {
    put(this, name, module);
    return this;
  }

  /** The module of a name, if there is one. */
  get(name: string): M | undefined {
    return entriesOf<M>(this).find(([each]) => each === name)?.[1];
  }

  /** True if there is a module of this name. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The names, in order. */
  keys(): string[] {
    return entriesOf<M>(this).map(([name]) => name);
  }

  /** The modules, in order. */
  values(): M[] {
    return entriesOf<M>(this).map(([, module]) => module);
  }

  /** Names and modules, in order. */
  entries(): [name: string, module: M][] {
    return entriesOf<M>(this);
  }

  /** Names and modules, in order. */
  *[Symbol.iterator](): Generator<[name: string, module: M]> {
    yield* entriesOf<M>(this);
  }

  /** @throws InputError always */
  forward(): never {
    throw new InputError('A ModuleDict is not called itself; call the modules in it.');
  }
}
