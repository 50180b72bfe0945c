import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { ReLU } from '../nn/activations.js';
import { Linear } from '../nn/linear.js';
import { ModuleDict, ModuleList, Sequential } from './containers.js';
import type { Module } from './module.js';

const [a, b, c] = [new ReLU(), new ReLU(), new ReLU()];

it('[M1] ModuleList and Sequential have a length, indices, and append', () => {
  for (const row of [new ModuleList<Module>([a, b]), new Sequential(a, b)]) {
    expect(row.append(c)).toBe(row);
    expect(row.length).toBe(3);
    expect([...row]).toEqual([a, b, c]);
    expect([row[1], row.at(0), row.at(-1), row.at(3), row[3]]).toEqual([b, a, c, undefined, undefined]);
    expect([...row.namedModules().keys()]).toEqual(['', '0', '1', '2']);
  }
  const twelve = new ModuleList(Array.from({ length: 12 }, () => new ReLU()));
  expect([...twelve.namedModules().keys()].at(-1)).toBe('11');
});

it('[M1] Sequential calls its modules in order, named or not, and ignores other properties', () => {
  class Doubled extends Sequential {
    readonly label = 'doubled';
  }
  const up = new Linear(1, 2);
  const down = new Linear(2, 1);
  up.loadStateDict(
    new Map<string, tf.Tensor>([
      ['weight', tf.tensor2d([[1], [-2]])],
      ['bias', tf.tensor1d([1, 0])],
    ]),
  );
  down.loadStateDict(
    new Map<string, tf.Tensor>([
      ['weight', tf.tensor2d([[2, 3]])],
      ['bias', tf.tensor1d([0.5])],
    ]),
  );
  const rows = [
    new Doubled(up, a, down),
    new Sequential([
      ['10', up],
      ['2', a],
      ['b', down],
    ]),
  ];
  for (const row of rows) expect(row.apply(tf.tensor2d([[1], [-1]])).arraySync()).toEqual([[4.5], [6.5]]);
  expect([...new Sequential(new Map([['up', up]])).stateDict().keys()]).toEqual(['up.weight', 'up.bias']);
  const x = tf.ones([1]);
  expect(new Sequential().apply(x)).toBe(x);
});

it('[M1] ModuleDict is like a Map, and keeps the order of names that look like numbers', () => {
  const dict = new ModuleDict<Module>([
    ['10', a],
    ['2', b],
  ]);
  expect(dict.set('x', c)).toBe(dict);
  expect(dict.size).toBe(3);
  expect(dict.keys()).toEqual(['10', '2', 'x']);
  expect(dict.values()).toEqual([a, b, c]);
  expect(dict.entries()).toEqual([...dict]);
  expect([dict.get('2'), dict['10'], dict.get('y'), dict.get('size')]).toEqual([b, a, undefined, undefined]);
  expect([dict.has('x'), dict.has('y'), dict.has('keys')]).toEqual([true, false, false]);
  dict.set('2', c);
  expect(dict.keys()).toEqual(['10', '2', 'x']);
  expect([...dict.namedModules().keys()]).toEqual(['', '10', '2']);
  expect(new ModuleDict({ b, a }).keys()).toEqual(['b', 'a']);
  expect(new ModuleDict(new Map([['b', b]])).get('b')).toBe(b);
});

it.each(['', 'a.b', 'keys', 'forward', 'constructor', '__proto__', 'typeName'])(
  '[M1] ModuleDict refuses the name %j in words',
  (name) => {
    const dict = new ModuleDict<Module>();
    expect(() => dict.set(name, a)).toThrow(InputError);
    expect(() => dict.set(name, a)).toThrow(`'${name}' cannot name a module of a ModuleDict`);
    expect(dict.size).toBe(0);
  },
);

it('[M1] containers refuse what is no module, and to be called where that means nothing', () => {
  expect(() => new ModuleList([a, 3 as never])).toThrow(
    "A ModuleList holds modules, not what '1' is (number).",
  );
  expect(() => new ModuleList([a]).apply()).toThrow(InputError);
  expect(() => new ModuleDict({ a }).apply()).toThrow(InputError);
});
