import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { NestedNumbers, PatchValue } from '../../src/patch/operand.js';
import { range } from '../../src/patch/slice.js';
import type { SliceItem } from '../../src/patch/spec.js';
import { IndexRefused, type NdArray, type ReferenceItem, selected } from './numpy-reference.js';

/** An index, and a value for what it selects of a shape. Most fit; some do not. */
export interface SliceCase {
  readonly shape: readonly number[];
  readonly items: readonly ReferenceItem[];
  readonly value: NdArray<number>;
}

/** An array in a shape that counts from `start`. */
export function counting(shape: readonly number[], start = 0): NdArray<number> {
  const size = shape.reduce((product, each) => product * each, 1);
  return { shape, entries: Array.from({ length: size }, (_, i) => start + i) };
}

/** Cases of ranks 0 to 6, with axes of length 0 to 3, all kinds of items, and values of all fitting shapes. */
export const sliceCases: fc.Arbitrary<SliceCase> = fc.gen().map((gen) => {
  const random = new Choices((max) => gen(evenly, max));
  const shape = random.shape();
  const items = random.items(shape);
  return { shape, items, value: counting(random.valueShape(selectedShape(shape, items)), 100) };
});

/** Left to itself, fast-check prefers small numbers, which here are choices like any other. */
const evenly = (max: number) => fc.noBias(fc.nat({ max }));

/** One random case, made choice by choice. */
class Choices {
  /** What the index arrays of a case broadcast to, so that most go together. */
  readonly #joint: readonly number[];

  constructor(private readonly upTo: (max: number) => number) {
    this.#joint = this.times(1 + upTo(1), () => this.oneOf(0, 1, 2, 2, 2, 3, 3, 3));
  }

  shape(): number[] {
    const hasEmpty = this.upTo(4) === 0;
    return this.times(this.upTo(6), () => this.oneOf(1, 2, 2, 2, 3, 3, hasEmpty ? 0 : 3));
  }

  /** Items from the first axis on; `...` skips some axes, and then the items reach to the last one. */
  items(shape: readonly number[]): ReferenceItem[] {
    const items: ReferenceItem[] = [];
    let beforeRest = this.upTo(6);
    let axis = 0;
    while ((axis < shape.length && (beforeRest < 0 || this.upTo(9) > 0)) || this.rarely()) {
      if (beforeRest === 0) {
        items.push({ kind: 'rest' });
        axis = Math.min(shape.length, axis + this.upTo(3));
      } else {
        const item = this.item(shape.slice(axis));
        items.push(item);
        axis += item.kind === 'mask' ? item.array.shape.length : 1;
      }
      beforeRest -= 1;
    }
    return items;
  }

  /** A shape that broadcasts to the selected one, or now and then does not. */
  valueShape(result: readonly number[]): readonly number[] {
    const some = result
      .slice(this.upTo(result.length))
      .map((size) => (this.upTo(12) === 0 ? this.upTo(3) : this.oneOf(1, size, size)));
    // Tensors have no more than six axes.
    return this.oneOf(some, some, result, [], result.length < 6 ? [1, ...result] : []);
  }

  private item(sizes: readonly number[]): ReferenceItem {
    const [size = 2] = sizes;
    switch (this.oneOf('position', 'range', 'range', 'positions', 'positions', 'mask')) {
      case 'position':
        return { kind: 'position', at: this.position(size) };
      case 'positions':
        return this.positions(size);
      case 'mask':
        return this.mask(
          sizes.length === 0 ? [2] : sizes.slice(0, 1 + this.upTo(Math.min(2, sizes.length - 1))),
        );
      default: {
        const bound = () => (this.upTo(2) > 0 ? null : this.upTo(8) - 4);
        return { kind: 'range', start: bound(), stop: bound(), step: this.oneOf(1, 1, 1, 2, -1, -2, 3) };
      }
    }
  }

  private position(size: number): number {
    return this.rarely() || size === 0 ? this.upTo(6) - 3 : this.upTo(2 * size - 1) - size;
  }

  private positions(size: number): ReferenceItem {
    const shape = this.#joint
      .slice(this.upTo(this.#joint.length - 1))
      .map((each) => (this.rarely() ? this.upTo(3) : this.oneOf(1, each, each)));
    const entries = counting(shape).entries.map(() => this.position(size));
    return { kind: 'positions', array: { shape, entries } };
  }

  /** A mask with as many true entries as the index arrays are long, where there are so many. */
  private mask(sizes: readonly number[]): ReferenceItem {
    const shape = this.rarely() ? sizes.map(() => this.upTo(3)) : sizes;
    const entries = counting(shape).entries.map(() => false);
    const count = this.oneOf(this.#joint.at(-1) as number, 1, entries.length);
    for (let i = 0; i < Math.min(count, entries.length); i += 1) {
      const falses = entries.flatMap((entry, at) => (entry ? [] : [at]));
      entries[falses[this.upTo(falses.length - 1)] as number] = true;
    }
    return { kind: 'mask', array: { shape, entries } };
  }

  private rarely(): boolean {
    return this.upTo(40) === 0;
  }

  private oneOf<T>(...choices: readonly T[]): T {
    return choices[this.upTo(choices.length - 1)] as T;
  }

  private times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }
}

function selectedShape(shape: readonly number[], items: readonly ReferenceItem[]): readonly number[] {
  try {
    return selected(shape, items).shape;
  } catch (error) {
    if (error instanceof IndexRefused) return [];
    throw error;
  }
}

/** The index as a slice in array form, its arrays nested or as tensors, which are then the caller's. */
export function arrayForm(items: readonly ReferenceItem[], withTensors: boolean): SliceItem[] {
  return items.map((item) => sliceItem(item, withTensors));
}

function sliceItem(item: ReferenceItem, asTensor: boolean): SliceItem {
  switch (item.kind) {
    case 'position':
      return asTensor ? tf.scalar(item.at, 'int32') : item.at;
    case 'range':
      return range(item.start, item.stop, item.step);
    case 'rest':
      return '...';
    case 'positions':
      return asTensor ? tensorOf(item.array, 'int32') : (nested(item.array) as NestedNumbers);
    case 'mask':
      return asTensor ? tensorOf(item.array, 'bool') : (nested(item.array) as SliceItem);
  }
}

/** The index as text. */
export function textForm(items: readonly ReferenceItem[]): string {
  return items.map(itemText).join(', ');
}

function itemText(item: ReferenceItem): string {
  switch (item.kind) {
    case 'position':
      return String(item.at);
    case 'range':
      return `${item.start ?? ''}:${item.stop ?? ''}:${item.step}`;
    case 'rest':
      return '...';
    case 'positions':
    case 'mask':
      return JSON.stringify(nested(item.array));
  }
}

/** False for index arrays whose shape or kind nested lists do not show, because they hold nothing. */
export function isWritable(items: readonly ReferenceItem[]): boolean {
  return items.every((item) => {
    if (item.kind === 'mask') return item.array.entries.length > 0;
    return item.kind !== 'positions' || isNestable(item.array.shape);
  });
}

/** An array as nested lists, or as a number if it has no axes. */
function nested(array: NdArray<number | boolean>): unknown {
  const [size, ...rest] = array.shape;
  if (size === undefined) return array.entries[0];
  const stride = array.entries.length / Math.max(size, 1);
  return Array.from({ length: size }, (_, i) =>
    nested({ shape: rest, entries: array.entries.slice(i * stride, (i + 1) * stride) }),
  );
}

/** The same numbers for a patch: nested where lists show the shape, a tensor, which is then the caller's, where not. */
export function patchValue(array: NdArray<number>, asTensor: boolean): PatchValue {
  return asTensor || !isNestable(array.shape) ? tensorOf(array, 'float32') : (nested(array) as PatchValue);
}

/** An array as a tensor. */
export function tensorOf(array: NdArray<number | boolean>, dtype: 'float32' | 'int32' | 'bool'): tf.Tensor {
  return tf.tensor(array.entries.map(Number), [...array.shape], dtype);
}

/** Axes inside of one without entries leave no trace in nested lists. */
function isNestable(shape: readonly number[]): boolean {
  const first = shape.indexOf(0);
  return first < 0 || first === shape.length - 1;
}
