import * as tf from '@tensorflow/tfjs';
import type { KernelStep, TensorInfo, ValueId } from '../../graph/types.js';

/** A list in a setting has a number or pair for each axis; steps share settings, so that long lists cost again and again. */
const LONGEST = 64;

/** What a kernel makes, as far as its inputs and settings tell. */
export interface Outcome {
  readonly outputs: readonly Expected[];
  /** Roughly how many additions or comparisons it takes, where more than its inputs and outputs have elements. */
  readonly work?: number;
  /** How many elements it holds meanwhile, besides its inputs and outputs. */
  readonly scratch?: number;
}

/** One output: its shape, and the dtypes that it may have on one backend or another. */
export interface Expected {
  readonly shape: readonly number[];
  readonly dtypes: readonly string[];
}

/** Says what a call of a kernel makes. @throws Error for a call that the kernel cannot carry out */
export type Rule = (call: KernelCall) => Outcome;

/** A recorded call of a kernel, as its rule sees it. Everything asked for is checked. */
export class KernelCall {
  constructor(
    private readonly step: KernelStep,
    private readonly info: (value: ValueId) => TensorInfo,
  ) {}

  /** How many outputs the call has in the graph. */
  get outputCount(): number {
    return this.step.outputs.length;
  }

  /** An input that is one tensor. */
  input(name: string): TensorInfo {
    const found = this.optional(name);
    if (found === null) throw new Error(`its input '${name}' is missing`);
    return found;
  }

  /** An input that may be left out. */
  optional(name: string): TensorInfo | null {
    if (!Object.hasOwn(this.step.inputs, name)) return null;
    const value = this.step.inputs[name];
    if (typeof value !== 'number') throw new Error(`its input '${name}' is a list`);
    return this.info(value);
  }

  /** The inputs of a kernel that takes a list of tensors, at least one. */
  list(): TensorInfo[] {
    if (!this.step.inputsAreArray) throw new Error('its inputs are no list');
    const inputs = Object.values(this.step.inputs).map((value) => {
      if (typeof value !== 'number') throw new Error('one of its inputs is a list');
      return this.info(value);
    });
    if (inputs.length === 0) throw new Error('it has no inputs');
    return inputs;
  }

  /** Any setting; undefined where there is none. */
  setting(name: string): unknown {
    return Object.hasOwn(this.step.attrs, name) ? this.step.attrs[name] : undefined;
  }

  number(name: string): number {
    const value = this.setting(name);
    if (typeof value !== 'number') throw new Error(`its setting '${name}' is no number`);
    return value;
  }

  /** A number that may be left out. */
  checkOptionalNumber(name: string): void {
    if (this.setting(name) !== undefined && this.setting(name) !== null) this.number(name);
  }

  whole(name: string, least: number): number {
    const value = this.number(name);
    if (!Number.isSafeInteger(value) || value < least)
      throw new Error(`its setting '${name}' is ${value}, not a whole number from ${least}`);
    return value;
  }

  flag(name: string): boolean {
    return Boolean(this.setting(name));
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.setting(name);
    if (!choices.includes(value as T))
      throw new Error(`its setting '${name}' is not one of ${choices.join(', ')}`);
    return value as T;
  }

  /** A list of whole numbers. */
  wholes(name: string, least = Number.MIN_SAFE_INTEGER): number[] {
    return wholes(this.setting(name), `its setting '${name}'`, least);
  }

  /** One whole number from 1 for all of `count` axes, or one for each. */
  sizes(name: string, count: number): number[] {
    if (typeof this.setting(name) === 'number') return new Array<number>(count).fill(this.whole(name, 1));
    const sizes = this.wholes(name, 1);
    if (sizes.length !== count)
      throw new Error(`its setting '${name}' has ${sizes.length} numbers, not ${count}`);
    return sizes;
  }

  /** A list of pairs of whole numbers from 0, such as paddings. */
  pairs(name: string): [number, number][] {
    const value = this.setting(name);
    if (!Array.isArray(value) || value.length > LONGEST)
      throw new Error(`its setting '${name}' is no list of pairs`);
    return value.map((each) => {
      const pair = wholes(each, `a part of its setting '${name}'`, 0);
      if (pair.length !== 2) throw new Error(`its setting '${name}' is no list of pairs`);
      return pair as [number, number];
    });
  }

  /** The axes that a setting names, from 0; all where it names none. */
  axes(name: string, { shape }: TensorInfo): number[] {
    const value = this.setting(name);
    if (value === undefined || value === null) return shape.map((_, axis) => axis);
    const axes = typeof value === 'number' ? [value] : wholes(value, `its setting '${name}'`);
    return tf.util.parseAxisParam(axes, [...shape]);
  }

  axis(name: string, info: TensorInfo): number {
    this.number(name);
    return this.axes(name, info)[0] as number;
  }
}

function wholes(value: unknown, what: string, least = Number.MIN_SAFE_INTEGER): number[] {
  if (
    !Array.isArray(value) ||
    value.length > LONGEST ||
    !value.every((each) => Number.isSafeInteger(each) && each >= least)
  )
    throw new Error(`${what} is no list of whole numbers${least === 0 ? ' from 0' : ''}`);
  return value as number[];
}

/** One output. */
export function one(shape: readonly number[], dtypes: readonly string[], work?: number): Outcome {
  return { outputs: [{ shape, dtypes }], ...(work === undefined ? {} : { work }) };
}

/** dtypes of a result that goes by its inputs: the backends differ in how they take integers. */
export function numeric(...inputs: readonly TensorInfo[]): string[] {
  return [...new Set([...inputs.map(({ dtype }) => dtype), 'float32', 'int32'])];
}

/** How many elements a tensor has. */
export function sizeOf({ shape }: Pick<TensorInfo, 'shape'>): number {
  return shape.reduce((size, each) => size * each, 1);
}

/** @throws Error unless the input has so many axes */
export function checkRank(info: TensorInfo, rank: number, what: string): void {
  if (info.shape.length !== rank) throw new Error(`its ${what} has ${info.shape.length} axes, not ${rank}`);
}

/** @throws Error unless both have the same shape */
export function checkSameShape(a: Pick<TensorInfo, 'shape'>, b: Pick<TensorInfo, 'shape'>): void {
  if (!tf.util.arraysEqual([...a.shape], [...b.shape]))
    throw new Error(`its inputs have shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
}

/** The size along an axis. */
export function sizeAt({ shape }: Pick<TensorInfo, 'shape'>, axis: number): number {
  return shape[axis] as number;
}
