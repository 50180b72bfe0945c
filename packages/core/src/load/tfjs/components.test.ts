import { expect, it } from 'vitest';
import { components } from './components.js';

function sorted(graph: Readonly<Record<string, string>>, roots: string[]): string[][] {
  return components(roots, (name) => [...(graph[name] ?? '')]);
}

it('puts what something depends on before it, and leaves out what nothing needs', () => {
  expect(sorted({ d: 'bc', b: 'a', c: 'a', e: 'a' }, ['d'])).toEqual([['a'], ['b'], ['c'], ['d']]);
  expect(sorted({ b: 'a' }, ['a', 'b'])).toEqual([['a'], ['b']]);
});

it('keeps circles together, those that share a member as one', () => {
  expect(sorted({ e: 'd', d: 'c', c: 'b', b: 'ad', f: 'c' }, ['e', 'f'])).toEqual([
    ['a'],
    ['b', 'c', 'd'],
    ['e'],
    ['f'],
  ]);
  expect(sorted({ a: 'b', b: 'ac', c: 'b' }, ['a'])).toEqual([['c', 'b', 'a']]);
  expect(sorted({ a: 'a' }, ['a'])).toEqual([['a']]);
});

it('takes long chains', () => {
  const order = components(['20000'], (name) => (name === '0' ? [] : [String(Number(name) - 1)]));
  expect(order).toHaveLength(20001);
  expect(order[0]).toEqual(['0']);
});
