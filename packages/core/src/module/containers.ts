import type { Tensor } from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { Module } from './module.js';

/** A list of modules. Its children are named by index, as in PyTorch; it is not called itself. */
export class ModuleList<M extends Module> extends Module implements Iterable<M> {
  [index: number]: M;
  constructor(modules: Iterable<M> = []) {
    super();
    let index = 0;
    for (const module of modules) this[index++] = module;
  }

  /** The modules in order. */
  [Symbol.iterator](): Iterator<M> {
    return (Object.values(this) as M[])[Symbol.iterator]();
  }

  /** @throws InputError always */
  forward(): never {
    throw new InputError('A ModuleList is not called itself; call the modules in it.');
  }
}

/** Modules by name; it is not called itself. */
export class ModuleDict<M extends Module> extends Module {
  [name: string]: M | unknown;
  constructor(modules: Readonly<Record<string, M>> = {}) {
    super();
    Object.assign(this, modules);
  }

  /** @throws InputError always */
  forward(): never {
    throw new InputError('A ModuleDict is not called itself; call the modules in it.');
  }
}

/** Modules called one after the other, each with the result of the one before. */
export class Sequential extends Module {
  [index: number]: Module;
  constructor(...modules: Module[]) {
    super();
    modules.forEach((module, index) => {
      this[index] = module;
    });
  }

  /** The result of the last module. */
  forward(input: Tensor): Tensor {
    const modules = Object.values(this) as Module[];
    return modules.reduce<Tensor>((value, module) => module.apply(...([value] as never[])) as Tensor, input);
  }
}
