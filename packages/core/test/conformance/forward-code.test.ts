import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { Module } from '../../src/module/module.js';
import { parameter } from '../../src/module/tensors.js';
import { Linear } from '../../src/nn/linear.js';
import { CustomPatch, ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { counting } from '../support/toy-models.js';

beforeAll(useBackend);

/** A module with one input whose `forward` is the given function. */
class Custom<T = tf.Tensor> extends Module {
  static override readonly inputs = ['x'];
  constructor(private readonly fn: (x: tf.Tensor) => T) {
    super();
  }

  forward(x: tf.Tensor): T {
    return this.fn(x);
  }
}

it('[T2] a gradient taken inside forward follows the input', async () => {
  const module = new Custom(tf.grad((y) => y.square().mul(y).sum()));
  const pg = new PatchableGraph(module, [tf.tensor1d([1, 2])]);
  const result = (await pg.apply(tf.tensor1d([2, 3])).array()) as number[];
  expect(result[0]).toBeCloseTo(12, 4);
  expect(result[1]).toBeCloseTo(27, 4);
});

it('[T3] [T4] names are the same when the trace happens while a gradient is computed', async () => {
  const pg = new PatchableGraph(new Custom((x) => x.logSoftmax()), [counting(2)]);
  let paths: string[] = [];
  const gradient = tf.grad((x) => {
    paths = new PatchableGraph(pg.module, [x]).match('**');
    return pg.apply(x.mul(3)).max();
  })(tf.tensor1d([1, 1]));
  // logSoftmax keeps a copy of its result for its gradient.
  expect(paths).toEqual(['x', 'logSoftmax', 'output']);
  expect(pg.match('**')).toEqual(paths);
  expect(await gradient.array()).toEqual([0, 0]);
});

it('[T7] [P7] a module with a gradient of its own runs by itself, and keeps that gradient', async () => {
  // Rounds, and lets gradients through as if it did not.
  const roundStraight = tf.customGrad((x) => {
    return { value: (x as tf.Tensor).round(), gradFunc: (dy: tf.Tensor) => dy.mul(2) };
  });
  const pg = new PatchableGraph(new Custom((x) => roundStraight(x.mul(3)) as tf.Tensor), [counting(2)]);
  expect(String(pg.graph)).toMatch(/^<root>: OpaqueGraph/);
  const gradient = tf.grad((x) => pg.apply(x).sum())(tf.tensor1d([0.3, 2]));
  expect(await gradient.array()).toEqual([6, 6]);
});

it('[T1] an exception that forward catches leaves the trace intact', async () => {
  const failing = new Custom((x) => {
    if (x.mul(3).rank === 1) throw new Error('not a matrix');
    return x;
  });
  class Careful extends Module {
    static override readonly inputs = ['x'];
    readonly failing = failing;
    forward(x: tf.Tensor): tf.Tensor {
      try {
        return this.failing.apply(x);
      } catch {
        return x.add(1);
      }
    }
  }
  const pg = new PatchableGraph(new Careful(), [counting(2)]);
  expect(pg.match('**')).toEqual(['x', 'add', 'output']);
  expect(await pg.apply(counting(2)).array()).toEqual([2, 3]);
});

it('[M3] a tensor that a module holds under two names is patched under either', async () => {
  class Twice extends Module {
    static override readonly inputs = ['x'];
    readonly scale = parameter(tf.tensor1d([1, 1]));
    readonly shift = this.scale;
    forward(x: tf.Tensor): tf.Tensor {
      return x.mul(this.scale).add(this.shift);
    }
  }
  const pg = new PatchableGraph(new Twice(), [counting(2)]);
  for (const path of ['scale', 'shift']) {
    expect(
      await pg
        .patch({ [path]: new ZeroPatch() })
        .apply(counting(2))
        .array(),
    ).toEqual([0, 0]);
  }
});

it('[T2] a module that the root does not hold works, with its tensors as constants', async () => {
  const hidden = new Linear(2, 2);
  class Outer extends Module {
    static override readonly inputs = ['x'];
    readonly weight = parameter(tf.ones([2, 2]));
    forward(x: tf.Tensor): tf.Tensor {
      return tf.matMul(hidden.apply(x), this.weight as tf.Tensor2D);
    }
  }
  const pg = new PatchableGraph(new Outer(), [counting(3, 2)]);
  expect(pg.match('Linear.*')).toEqual([
    'Linear.input',
    'Linear.constant',
    'Linear.matMul',
    'Linear.constant_1',
    'Linear.add',
    'Linear.output',
  ]);
  expect(await pg.apply(counting(3, 2)).array()).toEqual(await pg.module.apply(counting(3, 2)).array());
});

it('[T2] an example input may be one of the model’s own parameters', async () => {
  class Scaled extends Module {
    readonly scale = parameter(counting(2));
    forward(x: tf.Tensor): tf.Tensor {
      return x.mul(this.scale);
    }
  }
  const module = new Scaled();
  const pg = new PatchableGraph(module, [module.scale]);
  expect(await pg.apply(tf.tensor1d([10, 10])).array()).toEqual([10, 20]);
});

it('[M2] modules may refer to the module around them', () => {
  class Child extends Module {
    around: Module | null = null;
    forward(x: tf.Tensor): tf.Tensor {
      return x.mul(2);
    }
  }
  class Parent extends Module {
    readonly child = new Child();
    constructor() {
      super();
      this.child.around = this;
    }
    forward(x: tf.Tensor): tf.Tensor {
      return this.child.apply(x);
    }
  }
  const pg = new PatchableGraph(new Parent(), [counting(2)]);
  expect([...pg.module.namedModules().keys()]).toEqual(['', 'child']);
  expect(pg.match('*')).toEqual(['input', 'child', 'output']);
});

it('[T6] [G4] parts of structured values keep clear of what node paths reserve', async () => {
  const module = new Custom((x) => ({ _shape: x.mul(2), toString: x.add(1), 'a.b': x }));
  const pg = new PatchableGraph(module, [counting(2)]);
  expect(pg.match('output|*')).toEqual(['output|sub_shape', 'output|toString', 'output|a_b']);
  expect(pg.graph.output?.sub_shape?._shape).toEqual([2]);
  expect(String(pg.graph)).toContain('sub_shape: Tensor(2)');
  const patched = pg.patch({ 'output|sub_shape': new ReplacePatch({ value: 7 }) }).apply(counting(2));
  expect(await patched._shape.array()).toEqual([7, 7]);
});

it('[T3] arguments that only differ in how strings are split are traced apart', async () => {
  class Count extends Module {
    forward(x: tf.Tensor, names: string[]): tf.Tensor {
      return x.mul(names.length);
    }
  }
  const pg = new PatchableGraph(new Count(), [counting(2), ['a', 'b']]);
  expect(await pg.apply(counting(2), ['a;string b']).array()).toEqual([1, 2]);
});

it('disposed inputs and weights are refused in words', () => {
  const pg = new PatchableGraph(new Linear(2, 2), [counting(1, 2)]);
  const x = counting(1, 2);
  x.dispose();
  expect(() => pg.apply(x)).toThrow(InputError);
  expect(() => pg.apply(x)).toThrow('A tensor of argument 0 is disposed.');
  pg.module.dispose();
  expect(() => pg.apply(counting(1, 2))).toThrow("The module's 'weight' is disposed.");
  pg.dispose();
  expect(() => pg.apply(counting(1, 2))).toThrow('This graph is disposed; make another one of the module.');
});

it('[T4] creation functions keep the names that authors write', () => {
  const make = (x: tf.Tensor) =>
    x
      .add(tf.linspace(0, 1, 2))
      .add(tf.range(0, 2))
      .add(tf.fill([2], 3));
  const pg = new PatchableGraph(new Custom(make), [tf.tensor1d([1, 2])]);
  expect(pg.match('*').join(' ')).toBe('x linspace add range add_1 fill add_2 output');
});

it('[R1] intermediates are freed after their last use, not at the end', () => {
  const liveAtTheEnd = (length: number): number => {
    const chain = new Custom((x) => Array.from({ length }).reduce<tf.Tensor>((value) => value.add(1), x));
    const x = tf.tensor1d([1, 2]);
    const pg = new PatchableGraph(chain, [x]);
    const before = tf.memory().numTensors;
    let live = 0;
    const count = new CustomPatch({
      op: (value) => {
        live = tf.memory().numTensors - before;
        return value;
      },
    });
    tf.dispose(pg.patch({ output: count }).apply(x));
    return live;
  };
  expect(liveAtTheEnd(40)).toBe(liveAtTheEnd(5));
});
