import { expect, it } from 'vitest';
import { nodePlaces } from './node-places.js';

it('puts nodes into scopes, but beside a node that is called like the scope', () => {
  const names = ['Identity', 'a/b/c', 'a/d/MatMul', 'a/d/MatMul/ReadVariableOp', 'a/tf.add_1/x>y'];
  expect([...nodePlaces(names).values()]).toEqual([
    { scopes: [], name: 'Identity' },
    { scopes: ['a', 'b'], name: 'c' },
    { scopes: ['a', 'd'], name: 'MatMul' },
    { scopes: ['a', 'd'], name: 'MatMul_ReadVariableOp' },
    { scopes: ['a', 'tf_add_1'], name: 'x_y' },
  ]);
});
