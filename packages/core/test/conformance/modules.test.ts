import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { UntraceableError } from '../../src/errors.js';
import { ModuleDict, ModuleList, Sequential } from '../../src/module/containers.js';
import { Module } from '../../src/module/module.js';
import { buffer, parameter } from '../../src/module/tensors.js';
import { Embedding } from '../../src/nn/embedding.js';
import { Linear } from '../../src/nn/linear.js';
import { AddPatch, ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { counting } from '../support/toy-models.js';

beforeAll(useBackend);

/** The same value with the numbers of its tensors. */
async function numbers(value: unknown): Promise<unknown> {
  if (value instanceof tf.Tensor) return value.array();
  if (Array.isArray(value)) return Promise.all(value.map(numbers));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, each]) => [key, await numbers(each)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** What the graph gives for these arguments, after checking that it is what the module gives. */
async function same<M extends Module>(
  pg: PatchableGraph<M>,
  ...args: Parameters<M['forward']>
): Promise<unknown> {
  const result = await numbers(pg.apply(...args));
  expect(result).toEqual(await numbers(pg.module.apply(...args)));
  return result;
}

/** What the graph gives with a patch. */
async function patched<M extends Module>(
  pg: PatchableGraph<M>,
  path: string,
  args: Parameters<M['forward']>,
  value = 100,
): Promise<unknown> {
  return numbers(pg.patch({ [path]: new AddPatch({ value }) }).apply(...args));
}

/** `x + 1`, with a parameter. */
class AddOne extends Module {
  static override readonly inputs = ['x'];
  readonly one = parameter(tf.tensor1d([1, 1]));

  forward(x: tf.Tensor): tf.Tensor {
    return x.add(this.one);
  }
}

class Optional extends Module {
  static override readonly inputs = ['x', 'scale', 'options'];

  forward(x: tf.Tensor, scale?: tf.Tensor | null, { offset = 0, isNegative = false } = {}): tf.Tensor {
    const scaled = scale ? x.mul(scale) : x;
    const moved = scaled.add(offset);
    return isNegative ? moved.neg() : moved;
  }
}

it('[M5] [M4] optional arguments may be there, left out, null or undefined', async () => {
  const x = counting(2);
  const pg = new PatchableGraph(new Optional(), [x]);
  expect(pg.match('*')).toEqual(['x', 'add', 'output']);
  const options = { offset: 3, isNegative: true };
  expect(await same(pg, x)).toEqual([1, 2]);
  expect(await same(pg, x, null)).toEqual([1, 2]);
  expect(await same(pg, x, undefined, { offset: 5 })).toEqual([6, 7]);
  expect(await same(pg, x, tf.scalar(2))).toEqual([2, 4]);
  expect(await same(pg, x, tf.tensor1d([2, 3]), options)).toEqual([-5, -9]);
  const full = new PatchableGraph(pg.module, [x, tf.scalar(2), options]);
  expect(full.match('*')).toEqual(['x', 'scale', 'options', 'mul', 'add', 'neg', 'output']);
  expect(full.match('options|*')).toEqual(['options|offset', 'options|isNegative']);
  expect(await patched(full, 'scale', [x, tf.scalar(2), options])).toEqual([-105, -207]);
});

it('[M4] arguments without a declared name are input, input_1, …', () => {
  class Undeclared extends Module {
    forward(a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Tensor {
      return a.add(b).add(c);
    }
  }
  class Partly extends Undeclared {
    static override readonly inputs = ['first'];
  }
  const x = counting(2);
  expect(new PatchableGraph(new Undeclared(), [x, x, x]).match('input*')).toEqual([
    'input',
    'input_1',
    'input_2',
  ]);
  expect(new PatchableGraph(new Partly(), [x, x, x]).match('*').slice(0, 3)).toEqual([
    'first',
    'input_1',
    'input_2',
  ]);
});

interface Deep {
  a: { b: { c: [{ d: tf.Tensor; flag: boolean; nothing: null }, tf.Tensor] }[] };
  label: string;
}

class Digging extends Module {
  static override readonly inputs = ['deep'];

  forward(deep: Deep) {
    const [{ d, flag, nothing }, other] = (deep.a.b[0] as Deep['a']['b'][number]).c;
    const sum = d.add(other);
    const parts = [{ b: { c: [sum, nothing, { d: flag ? sum.mul(2) : sum, deepest: [[other, d]] }] } }];
    return { a: parts, label: deep.label, flag, missing: undefined, empty: [], none: {}, count: d.size };
  }
}

function deep(flag: boolean): Deep {
  return {
    a: { b: [{ c: [{ d: counting(2), flag, nothing: null }, tf.tensor1d([10, 20])] }] },
    label: 'deep',
  };
}

/** What `Digging` gives where its tensors are these. */
function dug({ sum = [11, 22], d = [22, 44], last = [1, 2] }: Record<string, number[]> = {}) {
  const deepest = [[[10, 20], last]];
  const others = { label: 'deep', flag: true, missing: undefined, empty: [], none: {}, count: 2 };
  return { a: [{ b: { c: [sum, null, { d, deepest }] } }], ...others };
}

it('[M5] [G4] arguments and results nested five deep are patched at depth', async () => {
  const pg = new PatchableGraph(new Digging(), [deep(true)]);
  expect(await same(pg, deep(true))).toEqual(dug());
  await same(pg, deep(false));
  const parts = 'output|a.sub_0.b.c';
  expect(pg.graph.output?.a?.sub_0?.b?.c?._path).toBe(parts);
  for (const [path, changed] of [
    [`${parts}.sub_0`, { sum: [111, 122] }],
    [`${parts}.sub_2.d`, { d: [122, 144] }],
    [`${parts}.sub_2.deepest.sub_0.sub_1`, { last: [101, 102] }],
    ['deep|a.b.sub_0.c.sub_0.d', { sum: [111, 122], d: [222, 244], last: [101, 102] }],
  ] as [string, Record<string, number[]>][]) {
    expect(await patched(pg, path, [deep(true)]), path).toEqual(dug(changed));
  }
});

it('[M5] [P8] nested results leave no other tensors behind', () => {
  const pg = new PatchableGraph(new Digging(), [deep(true)]);
  const input = deep(true);
  const before = tf.memory().numTensors;
  const result = pg.patch({ 'output|a.sub_0.b.c.sub_0': new ZeroPatch() }).apply(input);
  expect(tf.memory().numTensors).toBe(before + 4);
  tf.dispose(result as unknown as tf.TensorContainer);
  expect(tf.memory().numTensors).toBe(before);
});

it('[M5] one tensor in several places is several nodes', async () => {
  class Twice extends Module {
    static override readonly inputs = ['a', 'b'];
    forward(a: tf.Tensor, b: tf.Tensor) {
      const sum = a.add(b);
      return { first: sum, again: [sum, a] };
    }
  }
  const x = counting(2);
  const pg = new PatchableGraph(new Twice(), [x, x]);
  expect(await same(pg, x, x)).toEqual({
    first: [2, 4],
    again: [
      [2, 4],
      [1, 2],
    ],
  });
  expect(await patched(pg, 'a', [x, x])).toEqual({
    first: [102, 104],
    again: [
      [102, 104],
      [101, 102],
    ],
  });
  expect(await patched(pg, 'output|first', [x, x])).toEqual({
    first: [102, 104],
    again: [
      [2, 4],
      [1, 2],
    ],
  });
  expect(await patched(pg, 'output|again.sub_0', [x, x])).toEqual({
    first: [2, 4],
    again: [
      [102, 104],
      [1, 2],
    ],
  });
});

class Measuring extends Module {
  static override readonly inputs = ['x', 'options'];

  forward(
    x: tf.Tensor,
    { power }: { power: number },
  ): { size: number; isLong: boolean; powers: [tf.Tensor] } {
    return { size: x.size, isLong: x.size > 2, powers: [x.pow(power)] };
  }
}

class Measured extends Module {
  static override readonly inputs = ['x', 'power'];
  readonly measure = new Measuring();

  forward(x: tf.Tensor, power: number): { mean: tf.Tensor; size: number; text: string } {
    const { size, isLong, powers } = this.measure.apply(x, { power });
    const sum = powers[0].sum();
    return { mean: isLong ? sum.div(size) : sum, size, text: `${size} numbers` };
  }
}

it('[M5] [T3] numbers, booleans and strings go in and out of modules, and others are traced anew', async () => {
  const pg = new PatchableGraph(new Measured(), [counting(4), 2]);
  expect(await same(pg, counting(4), 2)).toEqual({ mean: 7.5, size: 4, text: '4 numbers' });
  expect(await same(pg, counting(2), 2)).toEqual({ mean: 5, size: 2, text: '2 numbers' });
  expect(await same(pg, counting(4), 1)).toEqual({ mean: 2.5, size: 4, text: '4 numbers' });
  expect(await patched(pg, 'measure.output|powers.sub_0', [counting(4), 2], 1)).toMatchObject({ mean: 8.5 });
  expect(await patched(pg, 'measure.x', [counting(4), 1], 1)).toMatchObject({ mean: 3.5 });
});

it('[M5] what is no nesting of arrays, plain objects, tensors and scalars is refused in words', () => {
  class Mapping extends Module {
    forward(x: tf.Tensor): Map<string, tf.Tensor> {
      return new Map([['x', x.add(1)]]);
    }
  }
  const make = () => new PatchableGraph(new Mapping(), [counting(2)]);
  expect(make).toThrow(UntraceableError);
  expect(make).toThrow(/arrays, plain objects, tensors, numbers, booleans, strings and null can/);
});

/** Arrays in objects in a ModuleDict, and so on. */
class Nested extends Module {
  static override readonly inputs = ['x'];
  readonly rows = [new AddOne(), [new AddOne(), { deep: new AddOne() }]] as const;
  readonly dict = new ModuleDict<Module>([
    ['10', new ModuleList([new AddOne(), new Sequential(new AddOne(), new AddOne())])],
    ['2', new AddOne()],
  ]);
  readonly spare = { used: new AddOne(), unused: [new AddOne(), new Sequential(new AddOne())] };

  forward(x: tf.Tensor): tf.Tensor {
    const list = this.dict.get('10') as ModuleList<AddOne>;
    const [first, [second, { deep }]] = this.rows;
    const modules = [first, second, deep, ...list, this.dict.get('2') as AddOne, this.spare.used];
    return modules.reduce((value, module) => module.apply(value.mul(2)), x);
  }
}

it('[M1] [T4] [T9] modules in nested containers are nodes, and those never called are listed', async () => {
  const pg = new PatchableGraph(new Nested(), [counting(2)]);
  const graphs = pg.match('*').filter((path) => !/^(x|mul(_\d)?|output)$/.test(path));
  const names = ['rows_0', 'rows_1_0', 'rows_1_1_deep', 'dict_10_0', 'dict_10_1', 'dict_2', 'spare_used'];
  expect(graphs).toEqual(names);
  expect(pg.match('dict_10_1.*')).toEqual([
    'dict_10_1.input',
    'dict_10_1.0',
    'dict_10_1.1',
    'dict_10_1.output',
  ]);
  expect(pg.unused).toEqual(['spare.unused.0', 'spare.unused.1', 'spare.unused.1.0']);
  const [clean = 0] = (await same(pg, counting(2))) as number[];
  for (const [index, name] of names.entries()) {
    const effect = 100 * 2 ** (names.length - 1 - index);
    expect(((await patched(pg, `${name}.output`, [counting(2)])) as number[])[0], name).toBe(clean + effect);
  }
  expect(((await patched(pg, 'dict_10_1.0.one', [counting(2)])) as number[])[0]).toBe(clean + 400);
});

class Calling extends Module {
  static override readonly inputs = ['x'];
  constructor(readonly inner: AddOne) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.inner.apply(x).mul(2);
  }
}

/** One module below two parents, and called by the root too. */
class TwoParents extends Module {
  static override readonly inputs = ['x'];
  readonly shared = new AddOne();
  readonly left = new Calling(this.shared);
  readonly right = new Calling(this.shared);

  forward(x: tf.Tensor): { left: tf.Tensor; right: tf.Tensor; own: tf.Tensor } {
    return { left: this.left.apply(x), right: this.right.apply(x), own: this.shared.apply(x) };
  }
}

it('[M3] [T5] a module called from two parents is a node in each, patched independently', async () => {
  const before = tf.memory().numTensors;
  const model = new TwoParents();
  expect(tf.memory().numTensors).toBe(before + 1);
  const x = counting(2);
  const pg = new PatchableGraph(model, [x]);
  expect(pg.match('**.one')).toEqual(['left.inner.one', 'right.inner.one', 'shared.one']);
  const clean = { left: [4, 6], right: [4, 6], own: [2, 3] };
  expect(await same(pg, x)).toEqual(clean);
  for (const at of ['inner.one', 'inner.x', 'inner.add', 'inner.output']) {
    expect(await patched(pg, `left.${at}`, [x]), at).toEqual({ ...clean, left: [204, 206] });
    expect(await patched(pg, `right.${at}`, [x]), at).toEqual({ ...clean, right: [204, 206] });
  }
  expect(await patched(pg, 'shared.one', [x])).toEqual({ ...clean, own: [102, 103] });
  model.shared.one.assign(tf.tensor1d([2, 2]));
  expect(await same(pg, x)).toEqual({ left: [6, 8], right: [6, 8], own: [3, 4] });
});

it('[M3] [T5] a module under two names of one parent is called twice under its first name', async () => {
  class Shared extends Module {
    static override readonly inputs = ['x'];
    readonly a = new AddOne();
    readonly b = this.a;
    forward(x: tf.Tensor): tf.Tensor[] {
      return [this.a.apply(x), this.b.apply(x.mul(10))];
    }
  }
  const x = counting(2);
  const pg = new PatchableGraph(new Shared(), [x]);
  expect([...pg.module.stateDict().keys()]).toEqual(['a.one', 'b.one']);
  expect(pg.match('**.one')).toEqual(['a_0.one', 'a_1.one']);
  expect(await same(pg, x)).toEqual([
    [2, 3],
    [11, 21],
  ]);
  expect(await patched(pg, 'a_0.one', [x])).toEqual([
    [102, 103],
    [11, 21],
  ]);
  expect(await patched(pg, 'a_1.one', [x])).toEqual([
    [2, 3],
    [111, 121],
  ]);
  expect(pg.unused).toEqual([]);
});

/** A head that is tied to the embedding, once as its own weight and once by using the embedding's. */
class Tied extends Module {
  static override readonly inputs = ['ids'];
  readonly embedding = new Embedding(3, 2);
  readonly head = new Linear(2, 3, { bias: false });
  readonly shift = buffer(tf.tensor1d([1, 2]));

  constructor() {
    super();
    this.head.tie(this.embedding.weight);
    this.loadStateDict(
      new Map<string, tf.Tensor>([
        ['head.weight', counting(3, 2)],
        ['shift', tf.tensor1d([1, 2])],
      ]),
    );
  }

  forward(ids: tf.Tensor): { head: tf.Tensor; direct: tf.Tensor } {
    const hidden = this.embedding.apply(ids).add(this.shift);
    const weight = this.embedding.weight as tf.Tensor2D;
    return { head: this.head.apply(hidden), direct: tf.matMul(hidden as tf.Tensor2D, weight, false, true) };
  }
}

it('[M3] [T4] a tied weight is patched for each of its users', async () => {
  const ids = tf.tensor1d([0], 'int32');
  const pg = new PatchableGraph(new Tied(), [ids]);
  expect(pg.match('**weight')).toEqual(['embedding.weight', 'head.weight', 'embedding_weight']);
  const logits = [[10, 22, 34]];
  expect(await same(pg, ids)).toEqual({ head: logits, direct: logits });
  const raised = [[16, 28, 40]];
  expect(await patched(pg, 'head.weight', [ids], 1)).toEqual({ head: raised, direct: logits });
  expect(await patched(pg, 'embedding_weight', [ids], 1)).toEqual({ head: logits, direct: raised });
  const moved = [[13, 29, 45]];
  expect(await patched(pg, 'embedding.weight', [ids], 1)).toEqual({ head: moved, direct: moved });
});

it('[T9] [M3] a module of which only a parameter is used counts as unused, and its parameter is a node', async () => {
  class Borrowing extends Module {
    static override readonly inputs = ['x'];
    readonly held = { scale: new AddOne() };
    forward(x: tf.Tensor): tf.Tensor {
      return x.mul(this.held.scale.one);
    }
  }
  const x = counting(2);
  const pg = new PatchableGraph(new Borrowing(), [x]);
  expect(pg.match('*')).toEqual(['x', 'held_scale_one', 'mul', 'output']);
  expect(pg.unused).toEqual(['held.scale']);
  expect(await patched(pg, 'held_scale_one', [x], 1)).toEqual([2, 4]);
});
