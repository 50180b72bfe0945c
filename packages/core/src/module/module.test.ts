import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { goldenJson } from '../../test/support/golden.js';
import { StateDictError } from '../errors.js';
import { ReLU } from '../nn/activations.js';
import { BatchNorm2d } from '../nn/batch-norm.js';
import { Conv2d } from '../nn/conv.js';
import { Embedding } from '../nn/embedding.js';
import { Linear } from '../nn/linear.js';
import { LayerNorm } from '../nn/norm.js';
import { ModuleDict, ModuleList, Sequential } from './containers.js';
import { Module } from './module.js';
import { buffer, parameter } from './tensors.js';

/** A module that only holds others. */
abstract class Holder extends Module {
  forward(): void {}
}

class Branch extends Holder {
  readonly scale = parameter(tf.ones([2]));
  readonly shift = buffer(tf.zeros([2]));
  readonly norm = new LayerNorm(2, { bias: false });
  readonly factor = parameter(tf.ones([2]));
  readonly label = 'branch';

  constructor(readonly shared: Module) {
    super();
  }
}

/** The tree of that name in `oracles/modules.py`. */
class Tree extends Holder {
  readonly embedding = new Embedding(3, 2);
  readonly blocks: ModuleList<Branch>;
  readonly heads: ModuleDict<Module>;
  readonly again: Branch;
  readonly output = new Linear(2, 3, { bias: false });

  constructor() {
    super();
    const shared = new Linear(2, 2, { bias: false });
    const second = new Branch(new Linear(2, 2));
    this.blocks = new ModuleList([new Branch(shared), second]);
    this.heads = new ModuleDict<Module>([
      ['10', new Sequential(new Linear(2, 2), new ReLU(), shared)],
      ['2', new ModuleList([new ModuleDict({ inner: new Conv2d(1, 2, 1) })])],
      [
        'last',
        new Sequential([
          ['up', new Linear(2, 4)],
          ['1', new BatchNorm2d(4)],
        ]),
      ],
    ]);
    this.again = second;
    this.output.tie(this.embedding.weight);
  }
}

/** The same names as the tree `Plain` of `oracles/modules.py`, from arrays and objects. */
class Plain extends Holder {
  readonly rows = [new Linear(1, 1), [new Linear(1, 1, { bias: false })]];
  readonly named = { a: [{ b: new LayerNorm(1) }], empty: null, sizes: [1, 2], text: 'a' };
}

interface Names {
  tree: string;
  modules: string[];
  parameters: string[];
  buffers: string[];
  state: string[];
}

async function goldenNames(tree: string): Promise<Names> {
  const { names } = await goldenJson<{ names: Names[] }>('layers.json');
  return names.find((each) => each.tree === tree) as Names;
}

function valuesOf(module: Module): unknown[] {
  return [...module.stateDict().values()].map((variable) => variable.arraySync());
}

describe('names', () => {
  it("[M2] [M3] are PyTorch's, in its order, with shared modules and tied weights", async () => {
    const tree = new Tree();
    const names = await goldenNames('Tree');
    expect([...tree.namedModules().keys()]).toEqual(names.modules);
    expect([...tree.namedParameters().keys()]).toEqual(names.parameters);
    expect([...tree.namedBuffers().keys()]).toEqual(names.buffers);
    expect([...tree.stateDict().keys()]).toEqual(names.state);
  });

  it('[M1] [M2] of arrays and plain objects are those of the containers of PyTorch', async () => {
    const names = await goldenNames('Plain');
    const plain = new Plain();
    expect([...plain.namedParameters().keys()]).toEqual(names.parameters);
    expect([...plain.stateDict().keys()]).toEqual(names.state);
    expect([...plain.namedModules().keys()]).toEqual(['', 'rows.0', 'rows.1.0', 'named.a.0.b']);
  });

  it('[M1] come from own properties, whatever else a module holds, and circles end', () => {
    class Odd extends Holder {
      readonly linear = new Linear(1, 1);
      readonly circle: Record<string, unknown> = { linear: this.linear };
      readonly date = new Date();
      readonly map = new Map([['hidden', new Linear(1, 1)]]);
      readonly #hidden = new Linear(1, 1);
      constructor() {
        super();
        this.circle.self = this.circle;
      }
      get first(): Module {
        return this.#hidden;
      }
    }
    expect([...new Odd().namedModules().keys()]).toEqual(['', 'linear']);
    expect([...new Odd().stateDict().keys()]).toEqual([
      'linear.weight',
      'linear.bias',
      'circle.linear.weight',
      'circle.linear.bias',
    ]);
  });
});

describe('variables', () => {
  it('[M1] are parameters where trainable and else buffers, and take the tensor over', () => {
    const before = tf.memory().numTensors;
    const branch = new Branch(new ReLU());
    expect([...branch.namedParameters().keys()]).toEqual(['scale', 'factor', 'norm.weight']);
    expect([...branch.namedBuffers().keys()]).toEqual(['shift']);
    expect(tf.memory().numTensors).toBe(before + 4);
    branch.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('[M3] a tied weight is one tensor under two names, and either name loads it', () => {
    const before = tf.memory().numTensors;
    const tree = new Tree();
    expect(tf.memory().numTensors - before).toBe(new Set(tree.stateDict().values()).size);
    expect(tree.stateDict().get('output.weight')).toBe(tree.stateDict().get('embedding.weight'));
    expect(tree.stateDict().get('again.scale')).toBe(tree.stateDict().get('blocks.1.scale'));
    const tied = new Sequential([
      ['a', new Linear(1, 2, { bias: false })],
      ['b', new Linear(1, 2, { bias: false })],
    ]);
    (tied.at(1) as Linear).tie((tied.at(0) as Linear).weight);
    for (const [key, value] of [
      ['a.weight', 3],
      ['b.weight', 4],
    ] as const) {
      tied.loadStateDict(new Map([[key, tf.fill([2, 1], value)]]));
      expect(valuesOf(tied)).toEqual([
        [[value], [value]],
        [[value], [value]],
      ]);
    }
  });
});

describe('loadStateDict', () => {
  let layer: Sequential;
  let clean: unknown[];
  let right: Map<string, tf.Tensor>;

  beforeEach(() => {
    layer = new Sequential(new Linear(2, 3), new BatchNorm2d(3, { affine: false }));
    clean = valuesOf(layer);
    right = new Map([...layer.stateDict()].map(([key, { shape, dtype }]) => [key, tf.fill(shape, 5, dtype)]));
  });

  it('[M2] copies parameters and buffers, and the given tensors stay the caller’s', () => {
    expect(layer.loadStateDict(right)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    const given = [...right.values()];
    expect(valuesOf(layer)).toEqual(given.map((tensor) => tensor.arraySync()));
    tf.dispose(given);
    expect(
      valuesOf(layer)
        .flat(2)
        .every((value) => value === 5),
    ).toBe(true);
  });

  it('[M2] lists all that is missing, unexpected or of a wrong shape or dtype in one error, and changes nothing', () => {
    right.delete('0.bias');
    right.delete('1.running_var');
    right.set('2.weight', tf.ones([1]));
    right.set('weight', tf.ones([1]));
    right.set('0.weight', tf.ones([3, 3]));
    right.set('1.num_batches_tracked', tf.ones([1]));
    const load = () => layer.loadStateDict(right);
    expect(load).toThrow(StateDictError);
    expect(load).toThrow(
      'The weights do not fit Sequential; missing: 0.bias, 1.running_var; unexpected: 2.weight, weight; ' +
        'wrong shape: 0.weight (expected [3, 2], got [3, 3]), 1.num_batches_tracked (expected [], got [1]); ' +
        'wrong dtype: 1.num_batches_tracked (expected int32, got float32).',
    );
    expect(valuesOf(layer)).toEqual(clean);
  });

  it('[M2] strict: false reports missing and unexpected keys, and still refuses other shapes', () => {
    right.delete('0.bias');
    right.set('extra', tf.ones([1]));
    expect(layer.loadStateDict(right, { strict: false })).toEqual({
      missingKeys: ['0.bias'],
      unexpectedKeys: ['extra'],
    });
    expect((layer.at(0) as Linear).weight.arraySync()).toEqual([
      [5, 5],
      [5, 5],
      [5, 5],
    ]);
    const loaded = valuesOf(layer);
    right.set('0.weight', tf.ones([3, 3]));
    right.set('1.running_mean', tf.zeros([3]));
    expect(() => layer.loadStateDict(right, { strict: false })).toThrow(
      /^[^;]*; wrong shape: 0\.weight [^;]*\.$/,
    );
    expect(valuesOf(layer)).toEqual(loaded);
  });

  it('[M2] refuses disposed tensors before it changes anything', () => {
    right.get('1.running_var')?.dispose();
    expect(() => layer.loadStateDict(right)).toThrow('disposed: 1.running_var.');
    expect(valuesOf(layer)).toEqual(clean);
  });
});

describe('type names', () => {
  it('[M4] are the declared ones of the very class, or else those in the code', () => {
    class Renamed extends Linear {
      static override readonly typeName = 'Better';
    }
    class Plainly extends Renamed {}
    expect(new Linear(1, 1).typeName).toBe('Linear');
    expect(new Renamed(1, 1).typeName).toBe('Better');
    expect(new Plainly(1, 1).typeName).toBe('Plainly');
    expect(new (class extends Holder {})().typeName).toBe('Module');
  });
});
