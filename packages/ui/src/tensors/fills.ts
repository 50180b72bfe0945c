import type { TensorFill, TensorValue } from '@patchbay/core/client';
import { sizeOf } from './shape-text.js';
import { mostWritten } from './values-text.js';

/** The ways to fill a tensor as the page offers them. */
export type FillChoice = 'zeros' | 'ones' | 'range' | 'random' | 'values';

export const fillChoices: readonly (readonly [FillChoice, string])[] = [
  ['zeros', 'zeros'],
  ['ones', 'ones'],
  ['range', 'range'],
  ['random', 'random'],
  ['values', 'values'],
];

export function choiceOf(fill: TensorFill): FillChoice {
  switch (fill.kind) {
    case 'constant':
      return fill.value === 1 ? 'ones' : 'zeros';
    case 'range':
      return 'range';
    case 'uniform':
      return 'random';
    case 'values':
      return 'values';
  }
}

/** What a choice begins with. Values begin with zeros, as far as they can be written out. */
export function firstFill(choice: FillChoice, { shape }: TensorValue): TensorFill {
  switch (choice) {
    case 'zeros':
      return { kind: 'constant', value: 0 };
    case 'ones':
      return { kind: 'constant', value: 1 };
    case 'range':
      return { kind: 'range', from: 0, to: 1 };
    case 'random':
      return { kind: 'uniform', low: 0, high: 1, seed: 1 };
    case 'values': {
      const size = sizeOf(shape);
      return { kind: 'values', values: new Array<number>(size <= mostWritten ? size : 0).fill(0) };
    }
  }
}
