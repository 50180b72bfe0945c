import { InputError } from '../errors.js';
import { Module } from '../module/module.js';
import type { ClassRow } from './format.js';

/** What is wrong where the `forward` of a module has to run whose class of that name was not given. */
export type MissingClass = (type: string) => InputError;

const standIns = new WeakMap<Module, { row: ClassRow; missing: MissingClass }>();

/** Takes the place of a module whose class is not there: it holds what that held, but cannot run. */
class StandIn extends Module {
  static override readonly typeName = 'StandIn';

  override get typeName(): string {
    return standIns.get(this)?.row.type ?? StandIn.typeName;
  }

  override get inputNames(): readonly string[] {
    return standIns.get(this)?.row.inputs ?? [];
  }

  /** @throws InputError always */
  forward(): never {
    throw standIns.get(this)?.missing(this.typeName) ?? new InputError('A StandIn cannot run.');
  }
}

/** A module without its class. */
export function standIn(row: ClassRow, missing: MissingClass): Module {
  const module = new StandIn();
  standIns.set(module, { row, missing });
  return module;
}

/** The class that a stand-in was made for, the same object for all modules of it; undefined for other modules. */
export function standInClass(module: Module): ClassRow | undefined {
  return standIns.get(module)?.row;
}

const omissions = new WeakMap<object, string>();

/** A property for what could not be saved: reading it says so, and writing it is allowed. */
export function omittedProperty(owner: string, name: string, what: string): PropertyDescriptor {
  const get = () => {
    throw new InputError(`${owner}.${name} was ${what}, which is not saved with a graph.`);
  };
  omissions.set(get, what);
  const set = function (this: object, value: unknown) {
    Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
  };
  return { get, set, enumerable: true, configurable: true };
}

/** What was left out where a getter stands that `omittedProperty` made. */
export function omissionOf(get: object): string | undefined {
  return omissions.get(get);
}
