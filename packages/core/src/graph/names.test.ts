import { expect, it } from 'vitest';
import { assignNames, type Nameable } from './names.js';

function names(...children: [wanted: string, rule: Nameable['rule']][]): string {
  return assignNames(children.map(([wanted, rule]) => ({ wanted, rule }))).join(' ');
}

it('[T4] numbers repeated ops from the second on', () => {
  expect(names(['add', 'op'], ['mul', 'op'], ['add', 'op'], ['add', 'op'])).toBe('add mul add_1 add_2');
});

it('[T4] explicit names win over ops, wherever they stand', () => {
  expect(names(['add', 'op'], ['add', 'fixed'], ['output', 'op'])).toBe('add_1 add output_1');
});

it('[T5] numbers modules that are called more than once from 0', () => {
  expect(names(['h.0', 'module'], ['linear', 'module'], ['linear', 'module'])).toBe('h_0 linear_0 linear_1');
});

it('[T6] names that node paths keep for themselves get a prefix', () => {
  expect(names(['_shape', 'fixed'], ['_code', 'op'])).toBe('sub_shape sub_code');
});
