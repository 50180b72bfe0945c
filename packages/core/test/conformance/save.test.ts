import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { GraphFileError, InputError } from '../../src/errors.js';
import { loadPretrained } from '../../src/load/load-pretrained.js';
import { openSafetensors } from '../../src/load/safetensors.js';
import { ModuleDict, Sequential } from '../../src/module/containers.js';
import { Module } from '../../src/module/module.js';
import { buffer, parameter } from '../../src/module/tensors.js';
import { Dropout, GELUTanh } from '../../src/nn/activations.js';
import { Linear } from '../../src/nn/linear.js';
import { LayerNorm } from '../../src/nn/norm.js';
import { AddPatch, ReplacePatch } from '../../src/patch/patches.js';
import { traceOptions } from '../../src/patchable/options.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { TraceCache } from '../../src/patchable/traces.js';
import { useBackend } from '../support/backend.js';
import { goldenModel } from '../support/models.js';
import { RandomModel, randomNumbers } from '../support/random-model.js';
import { contents, expectExactRoundTrip, reload, run, sameBytes } from '../support/round-trip.js';
import { counting, IdentityResidual, ToyModel, ToyZoo } from '../support/toy-models.js';

beforeAll(useBackend);

it('[S1] [S2] toy models', async () => {
  const x = counting(3, 2) as tf.Tensor2D;
  for (const model of [new ToyModel(), new ToyZoo(), new IdentityResidual()]) {
    await expectExactRoundTrip(new PatchableGraph<Module>(model, [x] as never), [x]);
  }
});

describe.each([
  ['compiled', []],
  ['with opaque layers', [Linear]],
  ['with opaque models', [RandomModel]],
  ['with nothing compiled', [Module]],
])('[S2] random models %s', (_, classesToSkipCompiling) => {
  const modules = { RandomModel, Linear, LayerNorm, Dropout, GELUTanh };
  it.each(Array.from({ length: 8 }, (_, seed) => seed))('seed %i', async (seed) => {
    const model = new RandomModel(randomNumbers(seed), 2);
    const inputs: [tf.Tensor, tf.Tensor] = [counting(2, 3), counting(2, 3).neg()];
    const pg = new PatchableGraph(model, inputs, { classesToSkipCompiling });
    await expectExactRoundTrip(pg, inputs, classesToSkipCompiling.length > 0 ? { modules } : {});
    pg.dispose();
    model.dispose();
  });
});

/** An output layer that shares its weight with the embedding, and one that both branches use. */
class Tied extends Module {
  readonly embed = new Linear(3, 4, { bias: false });
  readonly layers: Readonly<Record<string, Module>>;
  readonly weight = this.embed.weight;

  constructor() {
    super();
    const shared = new Linear(4, 4);
    this.layers = { first: shared, second: shared };
  }

  forward(input: tf.Tensor2D): tf.Tensor {
    const up = this.embed.apply(input);
    const middle = Object.values(this.layers).reduce(
      (value, layer) => layer.apply(...([value] as never[])) as tf.Tensor,
      up,
    );
    return tf.matMul(middle as tf.Tensor2D, this.weight as tf.Tensor2D);
  }
}

it('[S2] [M3] tied weights and shared layers stay one', async () => {
  const x = counting(2, 3) as tf.Tensor2D;
  const pg = new PatchableGraph(new Tied(), [x]);
  await expectExactRoundTrip(pg, [x]);
  const loaded = await reload(pg);
  const state = loaded.module.stateDict();
  expect(state.get('weight')).toBe(state.get('embed.weight'));
  expect(state.get('layers.first.bias')).toBe(state.get('layers.second.bias'));
  expect(loaded.module.namedModules().size).toBe(3);
  for (const module of [loaded.module, pg.module]) {
    (module.stateDict().get('weight') as tf.Variable).assign(tf.ones([4, 3]));
  }
  expect(await contents(run(loaded, x))).toEqual(await contents(pg.apply(x)));
  const patched = (graph: PatchableGraph) =>
    run(graph.patch({ 'embed.weight': new AddPatch({ value: 1 }) }), x);
  expect(await contents(patched(loaded))).toEqual(await contents(patched(pg as never)));
});

/** Holds int8 weights, four to an integer, and unpacks them with tensor operations. */
class Quantised extends Module {
  static override readonly inputs = ['x'];
  readonly packed = buffer(
    tf.tensor1d([packed(1, -2, 3, -4), packed(127, -128, 0, -1), packed(5, 6, 7, 8)], 'int32'),
  );
  readonly scales = buffer(tf.tensor1d([0.5, 0.25, -1]));
  readonly mask = buffer(tf.tensor1d([true, false, true], 'bool'));

  forward(x: tf.Tensor2D): tf.Tensor {
    const bytes = [1, 2 ** 8, 2 ** 16, 2 ** 24].map((unit) => {
      const shifted = tf.floorDiv(this.packed, tf.scalar(unit, 'int32'));
      const byte = shifted.mod(tf.scalar(256, 'int32')).cast('float32');
      return tf.where(byte.greater(127), byte.sub(256), byte);
    });
    const weights = tf.stack(bytes, 1).mul(this.scales.expandDims(1));
    const kept = tf.where(this.mask.expandDims(1).tile([1, 4]), weights, tf.zerosLike(weights));
    return tf.matMul(x, kept as tf.Tensor2D, false, true);
  }
}

function packed(...bytes: [number, number, number, number]): number {
  return new Int32Array(new Int8Array(bytes).buffer)[0] as number;
}

it('[S2] quantised weights, and bool and int32 buffers', async () => {
  const x = counting(2, 4) as tf.Tensor2D;
  const pg = new PatchableGraph(new Quantised(), [x]);
  const loaded = await reload(pg);
  expect(await contents([...loaded.module.namedBuffers().values()])).toEqual(
    await contents([...pg.module.namedBuffers().values()]),
  );
  await expectExactRoundTrip(pg, [x]);
});

/** Branches on values, and holds all kinds of plain data. */
class Branching extends Module {
  static override readonly inputs = ['x', 'options'];
  readonly up = new Linear(3, 3);
  readonly others = new ModuleDict<Module>([
    ['10', new GELUTanh()],
    ['2', new Linear(3, 3)],
  ]);
  readonly table = new Float64Array([0.1, Number.NaN, -0]);
  readonly odd = {
    nan: Number.NaN,
    minus: -0,
    none: undefined,
    infinite: Number.NEGATIVE_INFINITY,
    nothing: null,
  };
  readonly shared = [1, 'two', [true]];
  readonly again = [this.shared, this.shared, { ['__proto__']: 1, constructor: 'c' }];
  readonly loop: unknown[] = [];
  readonly kept = [tf.keep(tf.tensor1d([0.5, 1, 2]))];

  constructor() {
    super();
    this.loop.push(this.loop, this);
  }

  forward(
    x: tf.Tensor,
    options: { times: number; flag: boolean | null },
  ): { value: tf.Tensor; sign: string } {
    const isPositive = (x.dataSync()[0] ?? 0) > 0;
    const module = this.others.get(isPositive ? '2' : '10') as Module;
    const [value] = this.kept as [tf.Tensor];
    const result = module.apply(...([this.up.apply(x as tf.Tensor2D)] as never[])) as tf.Tensor;
    return { value: result.mul(value).mul(options.times), sign: isPositive ? 'plus' : 'minus' };
  }
}

class Outer extends Module {
  static override readonly inputs = ['x'];
  readonly inner = new Branching();
  forward(x: tf.Tensor): tf.Tensor {
    return this.inner.apply(x.add(1), { times: 3, flag: null }).value.sub(x);
  }
}

// WebGPU reads values with a promise only, so that such a module cannot run there.
const isSynchronous = () => tf.getBackend() !== 'webgpu';

it('[S1] [S2] modules that run by themselves come back with all that they hold', async () => {
  if (!isSynchronous()) return;
  const x = counting(2, 3);
  const model = new Sequential([['branching', new Outer()]]);
  const pg = new PatchableGraph(model, [x]);
  const modules = { Outer, Branching, Linear };
  await expectExactRoundTrip(pg, [x], { modules });

  const loaded = await reload(pg, { modules });
  const inner = loaded.module.namedModules().get('branching.inner') as Branching;
  const original = pg.module.namedModules().get('branching.inner') as Branching;
  expect(inner).toBeInstanceOf(Branching);
  expect(inner.table).toStrictEqual(original.table);
  expect(inner.odd).toStrictEqual(original.odd);
  expect(inner.again).toStrictEqual(original.again);
  expect(inner.again[0]).toBe(inner.shared);
  expect(Object.hasOwn(inner.again[2] as object, '__proto__')).toBe(true);
  expect(inner.loop).toEqual([inner.loop, inner]);
  expect(inner.others.keys()).toEqual(['10', '2']);
  expect(inner.kept).toHaveLength(1);
  // Other values take the other branch, which needs the class of its module.
  const negative = x.neg().sub(5);
  await expect(async () => run(loaded, negative)).rejects.toThrow(/class was not given.*GELUTanh/);
  // What it had stays.
  expect(await contents(run(loaded, x))).toEqual(await contents(pg.apply(x)));
  const all = await reload(pg, { modules: { ...modules, GELUTanh } });
  expect(await contents(run(all, negative))).toEqual(await contents(pg.apply(negative as never)));
});

it('[S1] one error lists all classes that are missing, and nothing stays allocated', async () => {
  const x = counting(2, 3);
  const model = new Sequential(new Linear(3, 3), new LayerNorm(3));
  const bytes = await new PatchableGraph(model, [x], { classesToSkipCompiling: [Linear, LayerNorm] }).save();
  const before = tf.memory().numTensors;
  await expect(PatchableGraph.load(bytes)).rejects.toThrow(InputError);
  await expect(PatchableGraph.load(bytes)).rejects.toThrow(/missing: Linear, LayerNorm\./);
  await expect(PatchableGraph.load(bytes, { modules: { LayerNorm } })).rejects.toThrow(/missing: Linear\./);
  await expect(PatchableGraph.load(bytes, { modules: { Linear: Map as never, LayerNorm } })).rejects.toThrow(
    "What { modules } gives for 'Linear' is no class of modules.",
  );
  expect(tf.memory().numTensors).toBe(before);
});

/** Awaits the values of its input. */
class Waiting extends Module {
  static override readonly inputs = ['x'];
  readonly below = new Linear(3, 3);
  async forward(x: tf.Tensor2D): Promise<tf.Tensor> {
    const [first = 0] = await x.data();
    return tf.tidy(() => this.below.apply(x).mul(first));
  }
}

it('[S1] [S2] asynchronous models', async () => {
  const x = counting(2, 3) as tf.Tensor2D;
  const pg = await PatchableGraph.create(new Waiting(), [x]);
  await expectExactRoundTrip(pg as never, [x], { modules: { Waiting } });
});

describe('[S1] [T3] inputs of other kinds', () => {
  const inputs = (rows: number) => counting(rows, 2) as tf.Tensor2D;

  it('that were traced before are saved too, the example alone where that is asked for', async () => {
    const pg = new PatchableGraph(new ToyZoo(), [inputs(3)]);
    tf.dispose(pg.apply(inputs(1)));
    tf.dispose(pg.apply(inputs(5)));
    const [all, example] = [
      await reload(pg),
      await PatchableGraph.load(await pg.save({ traces: 'example' })),
    ];
    for (const rows of [1, 3, 5]) {
      expect(await contents(run(all, inputs(rows)))).toEqual(await contents(pg.apply(inputs(rows))));
    }
    const other = () => run(example, inputs(1));
    expect(other).toThrow(InputError);
    expect(other).toThrow(/ToyZoo\.forward has to run.*only takes inputs like.*: \(float32 \[3, 2\]\)\.$/);
  });

  it('are traced anew where the classes are given', async () => {
    const layers = new Sequential(new Linear(2, 3), new GELUTanh(), new Linear(3, 1));
    const pg = new PatchableGraph(layers, [inputs(3)]);
    const loaded = await reload(pg, { modules: { Linear, GELUTanh } });
    const view = { '0.matMul': new AddPatch({ value: 1 }) };
    for (const rows of [1, 4]) {
      const [ours, reference] = [loaded, pg as never].map((each) => run(each.patch(view), inputs(rows)));
      expect(await contents(ours)).toEqual(await contents(reference));
    }
    const some = await reload(pg, { modules: { Linear } });
    expect(() => run(some, inputs(2))).toThrow(/GELUTanh\.forward has to run/);
  });

  it('the example stays the first, also where few graphs are kept', async () => {
    const model = new ToyZoo();
    const cache = new TraceCache(model, traceOptions({}), (graph) => graph, { count: 1, bytes: 1e9 });
    const pg = new PatchableGraph(model, [inputs(3)], {}, cache);
    const before = await pg.save();
    tf.dispose(pg.apply(inputs(1)));
    expect(sameBytes(await pg.save({ traces: 'example' }), before)).toBe(true);
    const loaded = await reload(pg);
    for (const rows of [1, 3])
      expect(await contents(run(loaded, inputs(rows)))).toEqual(await contents(model.apply(inputs(rows))));
  });

  it('[P6] graphs with patched scalars are left out', async () => {
    const x = inputs(2);
    const pg = new PatchableGraph(new LayerNorm(2), [x]);
    const clean = await pg.save();
    tf.dispose(pg.patch({ eps: new ReplacePatch({ value: 2 }) }).apply(x));
    expect(await pg.save()).toEqual(clean);
    const loaded = await PatchableGraph.load(clean, { modules: { LayerNorm } });
    const eps = { eps: new ReplacePatch({ value: 3 }) };
    expect(await contents(run(loaded.patch(eps), x))).toEqual(await contents(pg.patch(eps).apply(x)));
    const without = await PatchableGraph.load(clean);
    expect(() => run(without.patch(eps), x)).toThrow(/no patches on numbers/);
  });
});

/** Takes and returns all kinds of scalars and structures. */
class Scalars extends Module {
  static override readonly inputs = ['x', 'options'];
  rate = Number.NaN;
  readonly none = -0;
  readonly text: string = 'naïve “text” \u0000 \ud800 🙂';

  forward(x: tf.Tensor, options: Record<string, unknown>): unknown {
    const scale = Number.isNaN(this.rate) && Object.is(this.none, -0) && this.text !== '' ? 2 : 3;
    return { y: x.mul(scale), ['__proto__']: -0, constructor: [Number.NaN, undefined], ...options };
  }
}

it('[S2] scalars are exact: NaN, infinities, -0, undefined, odd keys and texts', async () => {
  const x = counting(2);
  const options = {
    least: Number.NEGATIVE_INFINITY,
    most: Number.POSITIVE_INFINITY,
    '10': null,
    '2': '',
    'a.b|c': [[]],
  };
  const pg = new PatchableGraph(new Scalars(), [x, options]);
  await expectExactRoundTrip(pg, [x, options]);
  const loaded = await reload(pg);
  const result = run(loaded, x, options) as Record<string, unknown>;
  expect(Object.keys(result)).toEqual(Object.keys(pg.apply(x, options) as object));
  expect(Object.hasOwn(result, '__proto__')).toBe(true);
});

/** Holds parameters under names that mean something elsewhere. */
class OddNames extends Module {
  constructor(private readonly names: readonly string[]) {
    super();
    names.forEach((name, i) => {
      const value = parameter(tf.scalar(i + 1));
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
    });
  }

  forward(input: tf.Tensor): tf.Tensor {
    return this.names.reduce<tf.Tensor>((sum, name) => sum.add(Reflect.get(this, name) as tf.Tensor), input);
  }
}

it('[S1] [S2] data that tensors share is stored once, and shared again', async () => {
  const outside = tf.keep(tf.tensor2d([[1, 2, 3]]));
  class Sharing extends Module {
    readonly flat = buffer(outside.reshape([3]));
    readonly kept = { row: outside };
    forward(input: tf.Tensor): tf.Tensor {
      return input.add(outside).add(this.flat);
    }
  }
  const pg = new PatchableGraph(new Sharing(), [counting(2, 3)]);
  tf.dispose(pg.apply(counting(4, 3)));
  const bytes = await pg.save();
  const { entries } = openSafetensors(bytes);
  expect(entries.map(({ name }) => name)).toEqual(['flat']);
  const { numDataBuffers, numTensors } = tf.memory();
  await PatchableGraph.load(bytes);
  // One of the module, one nested, one of each trace.
  expect(tf.memory().numTensors).toBe(numTensors + 4);
  expect(tf.memory().numDataBuffers).toBe(numDataBuffers + entries.length);
  await expectExactRoundTrip(pg, [counting(2, 3)]);
});

it('[S3] a bound on what a run holds at once can be set', async () => {
  const x = counting(2, 3);
  const pg = new PatchableGraph(new GELUTanh(), [x]);
  const bytes = await pg.save();
  await expect(PatchableGraph.load(bytes, { maxBytes: 40 })).rejects.toThrow(
    /would hold \d+ bytes at once, where 40 are/,
  );
  const loaded = await PatchableGraph.load(bytes, { maxBytes: 1000 });
  expect(await contents(run(loaded, x))).toEqual(await contents(pg.apply(x)));
});

it('[S2] odd names of tensors', async () => {
  const x = counting(2);
  const model = new OddNames(['__metadata__', '__metadata___', '__proto__', 'a.b', '7', 'constant.0.3', 'ü']);
  await expectExactRoundTrip(new PatchableGraph(model, [x]), [x]);
});

it('[S2] numbers keep their bits, with NaNs that carry something', async () => {
  const bits = new Uint32Array([0x7fc12345, 0xffc00001, 0x80000000, 1, 0x7f800000, 0x3f800000]);
  class Bits extends Module {
    readonly weight = parameter(tf.tensor1d(new Float32Array(bits.buffer.slice(0))));
    readonly empty = parameter(tf.tensor2d([], [0, 3]));
    forward(input: tf.Tensor): tf.Tensor {
      return input.add(this.weight.sum()).add(this.empty.size);
    }
  }
  const loaded = await reload(new PatchableGraph(new Bits(), [counting(2)]));
  const weight = loaded.module.stateDict().get('weight') as tf.Variable;
  expect(new Uint32Array((await weight.data()).buffer.slice(0, 24))).toEqual(bits);
  expect(loaded.module.stateDict().get('empty')?.shape).toEqual([0, 3]);
});

it('[S1] golden language models', { timeout: 180_000 }, async () => {
  for (const name of ['gpt2-tiny', 'llama-tiny']) {
    const { model, golden } = await goldenModel(name);
    const { values, shape } = golden.get('input_ids') as NonNullable<ReturnType<typeof golden.get>>;
    const ids = tf.tensor2d(values, shape as [number, number], 'int32');
    const pg = new PatchableGraph(model, [ids]);
    await expectExactRoundTrip(pg, [ids]);
    pg.dispose();
    model.dispose();
  }
});

it('[S1] the embedded model', { timeout: 180_000 }, async () => {
  const isBrowser = inject('backend') === 'webgpu';
  const source = isBrowser ? new URL('/models/little-world/', location.href) : 'public/models/little-world';
  const { model, tokenizer } = await loadPretrained(source, { task: 'text-generation' });
  const ids = tf.tensor2d([tokenizer.encode('When Mary and John went')], undefined, 'int32');
  await expectExactRoundTrip(new PatchableGraph(model, [ids]), [ids]);
});

describe('[S1] what cannot be saved', () => {
  class Holder extends Module {
    static override readonly typeName: string = 'Holder';
    hooks: unknown = [{ run: () => 1 }];
    readonly weight: tf.Tensor = parameter(tf.tensor1d([1, 2]));
    forward(input: tf.Tensor): tf.Tensor {
      return input.mul(this.weight);
    }
  }

  it('is named where a module runs by itself, and left out of compiled ones', async () => {
    const x = counting(2);
    const model = new Sequential(new Holder());
    const opaque = new PatchableGraph(model, [x], { classesToSkipCompiling: [Holder] });
    await expect(opaque.save()).rejects.toThrow(GraphFileError);
    await expect(opaque.save()).rejects.toThrow(
      "The module '0' (Holder) runs by itself in the graph, and holds a function in 'hooks.0.run', which cannot be saved",
    );
    const compiled = new PatchableGraph(model, [x]);
    await expectExactRoundTrip(compiled, [x]);
    (model.at(0) as Holder).hooks = new Map();
    await expectExactRoundTrip(compiled, [x], { modules: { Holder } });
    const loaded = await reload(compiled, { modules: { Holder } });
    const holder = loaded.module.namedModules().get('0') as Holder;
    expect(() => holder.hooks).toThrow(
      'Holder.hooks was an instance of Map, which is not saved with a graph.',
    );
    holder.hooks = 1;
    expect(holder.hooks).toBe(1);
  });

  it('tensors of other dtypes, and disposed ones', async () => {
    const x = counting(2);
    const texts = new Holder();
    Object.assign(texts, { words: tf.tensor1d(['a', 'b'], 'string') });
    await expect(new PatchableGraph(texts, [x]).save()).rejects.toThrow(
      "The tensor 'words' has dtype string; tensors of float32, int32, bool can be saved.",
    );
    const gone = new Holder();
    const pg = new PatchableGraph(gone, [x]);
    gone.weight.dispose();
    await expect(pg.save()).rejects.toThrow("The tensor 'weight' is disposed, so the graph cannot be saved.");
  });

  it('modules that run by themselves whose classes go by one name', async () => {
    class Other extends Holder {
      static override readonly typeName = 'Holder';
      override hooks = null;
    }
    const model = new Sequential(new Other(), new Holder());
    const pg = new PatchableGraph(model, [counting(2)], { classesToSkipCompiling: [Other] });
    await expect(pg.save()).rejects.toThrow(/several classes of the model are called Holder/);
    const compiled = new PatchableGraph(model, [counting(2)]);
    await expectExactRoundTrip(compiled, [counting(2)], { modules: { Holder } });
  });
});

it('[S1] kernels that the backend lacks, or of which nothing is known, are named', async () => {
  class Custom extends Module {
    forward(input: tf.Tensor): tf.Tensor {
      return tf.engine().runKernel('TwiceForTests', { x: input });
    }
  }
  const backendName = tf.getBackend();
  tf.registerKernel({
    kernelName: 'TwiceForTests',
    backendName,
    kernelFunc: ({ inputs: { x } }) => tf.add(x as tf.Tensor, x as tf.Tensor),
  });
  const x = counting(2);
  const bytes = await new PatchableGraph(new Custom(), [x]).save();
  await expect(PatchableGraph.load(bytes)).rejects.toThrow(/kernels make: TwiceForTests\..*trustedKernels/);
  const loaded = await PatchableGraph.load(bytes, { trustedKernels: ['TwiceForTests'] });
  expect(await (run(loaded, x) as tf.Tensor).array()).toEqual([2, 4]);
  tf.unregisterKernel('TwiceForTests', backendName);
  const before = tf.memory().numTensors;
  const again = PatchableGraph.load(bytes, { trustedKernels: ['TwiceForTests'] });
  await expect(again).rejects.toThrow(`The backend '${backendName}' has no kernels TwiceForTests`);
  expect(tf.memory().numTensors).toBe(before);
});
