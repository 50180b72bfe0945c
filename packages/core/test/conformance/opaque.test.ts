import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { UntraceableError } from '../../src/errors.js';
import { GPT2Block, GPT2Model } from '../../src/models/gpt2.js';
import { Module } from '../../src/module/module.js';
import { buffer, parameter } from '../../src/module/tensors.js';
import { AddPatch, ReplacePatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { goldenModel } from '../support/models.js';
import { counting, ToyZoo } from '../support/toy-models.js';

beforeAll(useBackend);

/** One level of a model: adds to, scales and hands down its input. */
abstract class Level extends Module {
  static override readonly inputs = ['x', 'options'];
  readonly weight = parameter(tf.tensor1d([1, 2]));
  readonly shift = buffer(tf.tensor1d([0.5, -0.5]));
  readonly slope: number = 0.25;
  abstract readonly below: Level | null;

  forward(
    x: tf.Tensor,
    options: { scale: tf.Tensor; flag: boolean },
  ): { value: tf.Tensor; parts: tf.Tensor[] } {
    const sum = x.mul(this.weight).add(this.shift).mul(options.scale);
    const own = options.flag ? sum.add(this.slope) : sum.neg();
    const deeper = this.below?.apply(own.relu(), options).value ?? own;
    return { value: deeper.add(x), parts: [own, deeper.neg()] };
  }
}

class Four extends Level {
  readonly below = null;
}
class Three extends Level {
  readonly below = new Four();
}
class Two extends Level {
  readonly below = new Three();
}
class One extends Level {
  readonly below = new Two();
}

const LEVELS = [One, Two, Three, Four];
const PREFIXES = ['', 'below.', 'below.below.', 'below.below.below.'];
const COMBINATIONS = Array.from({ length: 2 ** LEVELS.length }, (_, bits) =>
  LEVELS.filter((_, level) => (bits >> level) & 1),
);

function inputs(): [tf.Tensor, { scale: tf.Tensor; flag: boolean }] {
  return [
    tf.tensor2d([
      [1, -2],
      [3, 0.25],
    ]),
    { scale: tf.scalar(1.5), flag: true },
  ];
}

async function numbers({ value, parts }: ReturnType<Level['forward']>): Promise<unknown[]> {
  return Promise.all([value, ...parts].map((tensor) => tensor.array()));
}

describe.each(
  COMBINATIONS.map((opaque) => [opaque.map(({ name }) => name).join(' ') || 'nothing', opaque] as const),
)('[T7] [T8] with %s opaque', (_, classesToSkipCompiling) => {
  it('outputs and patches are the same as compiled', async () => {
    const model = new One();
    const compiled = new PatchableGraph(model, inputs());
    const mixed = new PatchableGraph(model, inputs(), { classesToSkipCompiling });
    const kinds = String(mixed.graph).match(/OpaqueGraph/g) ?? [];
    expect(kinds.length).toBe(classesToSkipCompiling.length);
    expect(await numbers(mixed.apply(...inputs()))).toEqual(await numbers(model.apply(...inputs())));
    const before = tf.memory().numTensors;
    for (const prefix of PREFIXES) {
      for (const name of ['x', 'options|scale', 'weight', 'shift', 'output|value', 'output|parts.sub_1']) {
        const patch = { [prefix + name]: new AddPatch({ value: 0.125 }) };
        const [ours, reference] = [mixed, compiled].map((graph) => graph.patch(patch).apply(...inputs()));
        expect(await numbers(ours as ReturnType<One['forward']>), prefix + name).toEqual(
          await numbers(reference as ReturnType<One['forward']>),
        );
        tf.dispose([ours, reference]);
      }
    }
    expect(tf.memory().numTensors - before).toBe(4 * 6 * 4);
    const scalars = { slope: new AddPatch({ value: 1 }), 'options|flag': new ReplacePatch({ value: false }) };
    for (const prefix of PREFIXES) {
      for (const [name, patch] of Object.entries(scalars)) {
        const [ours, reference] = [mixed, compiled].map((graph) =>
          graph.patch({ [prefix + name]: patch }).apply(...inputs()),
        );
        expect(await numbers(ours as ReturnType<One['forward']>), prefix + name).toEqual(
          await numbers(reference as ReturnType<One['forward']>),
        );
        expect(await numbers(ours as ReturnType<One['forward']>), prefix + name).not.toEqual(
          await numbers(model.apply(...inputs())),
        );
      }
    }
    expect(model.slope).toBe(0.25);
    const clean = await mixed.record(inputs());
    const deepest = { 'below.below.below.weight': new AddPatch({ value: 1 }) };
    const run = clean.patch(deepest);
    expect(await numbers(run.output as ReturnType<One['forward']>)).toEqual(
      await numbers(compiled.patch(deepest).apply(...inputs())),
    );
    run.dispose();
    clean.dispose();
  });
});

class Branching extends Module {
  static override readonly inputs = ['x', 'condition'];
  readonly positive = new Four();
  readonly negative = new Three();

  forward(x: tf.Tensor, condition: tf.Tensor): tf.Tensor {
    const options = { scale: tf.scalar(1), flag: true };
    const isPositive = (condition.dataSync()[0] ?? 0) > 0;
    return (isPositive ? this.positive : this.negative).apply(x, options).value;
  }
}

class Outer extends Module {
  static override readonly inputs = ['x', 'condition'];
  readonly inner = new Branching();

  forward(x: tf.Tensor, condition: tf.Tensor): tf.Tensor {
    return this.inner.apply(x.mul(2), condition).mul(3);
  }
}

it('[T7] a module that reads values becomes opaque by itself, and the rest stays compiled', async () => {
  const outer = new Outer();
  const x = tf.tensor1d([1, 2]);
  const pg = new PatchableGraph(outer, [x, tf.tensor1d([1])]);
  const tree = String(pg.graph);
  expect(tree).toMatch(/^<root>: Graph/);
  expect(tree).toContain('inner: OpaqueGraph');
  expect(tree).toContain('positive: Graph');
  expect(tree).not.toContain('negative');
  for (const condition of [1, -1]) {
    const expected = await outer.apply(x, tf.tensor1d([condition])).array();
    expect(await pg.apply(x, tf.tensor1d([condition])).array()).toEqual(expected);
  }
  const other = [x, tf.tensor1d([-1])] as [tf.Tensor, tf.Tensor];
  const recorded = await pg.record(other);
  expect(await (recorded.output as tf.Tensor).array()).toEqual(await outer.apply(...other).array());
  expect(await recorded.value('inner.negative.mul').array()).toEqual([2, 8]);
  recorded.dispose();
  const patched = pg.patch({ 'inner.positive.mul': new AddPatch({ value: 1 }) });
  const clean = (await pg.apply(x, tf.tensor1d([1])).array()) as number[];
  expect(await patched.apply(x, tf.tensor1d([1])).array()).toEqual(clean.map((each) => each + 3));
});

it('[T8] errorOnCompilationFailure and skipCompilation', () => {
  const x = tf.tensor1d([1, 2]);
  const example: [tf.Tensor, tf.Tensor] = [x, tf.tensor1d([1])];
  expect(() => new PatchableGraph(new Outer(), example, { errorOnCompilationFailure: true })).toThrow(
    UntraceableError,
  );
  const skipped = new PatchableGraph(new Outer(), example, { skipCompilation: true });
  expect(String(skipped.graph).match(/OpaqueGraph/g)?.length).toBe(3);
});

it('[T9] submodules that are never called are listed, and refused where that is asked for', () => {
  const x = tf.tensor1d([1, 2]);
  const example: [tf.Tensor, tf.Tensor] = [x, tf.tensor1d([1])];
  expect(new PatchableGraph(new Outer(), example).unused).toEqual(['inner.negative', 'inner.negative.below']);
  expect(new PatchableGraph(new ToyZoo(), [counting(3, 2) as tf.Tensor2D]).unused).toEqual([]);
  expect(() => new PatchableGraph(new Outer(), example, { allowUnusedSubmodules: false })).toThrow(
    /never reach inner\.negative, inner\.negative\.below/,
  );
});

/** Reads values, and leaves a tensor of its own or of its submodule where others find it. */
class Stashing extends Module {
  readonly below = new Four();
  stash: { tensor: tf.Tensor | null } = { tensor: null };

  constructor(private readonly fromBelow: boolean) {
    super();
  }

  forward(input: tf.Tensor, condition: tf.Tensor): tf.Tensor {
    if (condition.dataSync()[0] === 0) return input;
    const { value } = this.below.apply(input, { scale: tf.scalar(1), flag: true });
    this.stash.tensor = this.fromBelow ? value : input.mul(2);
    return input.neg();
  }
}

class Finding extends Module {
  constructor(readonly stashing: Stashing) {
    super();
  }

  forward(input: tf.Tensor, condition: tf.Tensor): tf.Tensor {
    const result = this.stashing.apply(input.add(1), condition);
    return result.add(this.stashing.stash.tensor ?? 0);
  }
}

it.each([true, false])(
  '[T7] a tensor that an opaque module stashed is never frozen (submodule: %s)',
  async (fromBelow) => {
    const model = new Finding(new Stashing(fromBelow));
    const pg = new PatchableGraph(model, [tf.tensor1d([1, 2]), tf.tensor1d([1])]);
    expect(String(pg.graph)).toMatch(/^<root>: OpaqueGraph/);
    const other = tf.tensor1d([5, -7]);
    const expected = await model.apply(other, tf.tensor1d([1])).array();
    expect(await pg.apply(other, tf.tensor1d([1])).array()).toEqual(expected);
  },
);

/** Can be recorded by itself, but leaves what it made where others find it. */
class Leaving extends Module {
  left: { tensor: tf.Tensor | null } = { tensor: null };

  forward(input: tf.Tensor): tf.Tensor {
    this.left.tensor = input.mul(3);
    return input.neg();
  }
}

class ReadsAndCalls extends Module {
  constructor(readonly leaving: Leaving) {
    super();
  }

  forward(input: tf.Tensor, condition: tf.Tensor): tf.Tensor {
    const sign = (condition.dataSync()[0] ?? 0) > 0 ? 1 : -1;
    return this.leaving.apply(input).mul(sign);
  }
}

class FindsBelow extends Module {
  readonly reading: ReadsAndCalls;
  constructor(readonly leaving: Leaving) {
    super();
    this.reading = new ReadsAndCalls(leaving);
  }

  forward(input: tf.Tensor, condition: tf.Tensor): tf.Tensor {
    return this.reading.apply(input, condition).add(this.leaving.left.tensor ?? 0);
  }
}

it('[T7] a tensor that a compiled module leaves below an opaque one is never frozen', async () => {
  const model = new FindsBelow(new Leaving());
  const pg = new PatchableGraph(model, [tf.tensor1d([1, 2]), tf.tensor1d([1])]);
  for (const [x, condition] of [
    [[5, -7], 1],
    [[2, 3], -1],
  ] as const) {
    const given: [tf.Tensor, tf.Tensor] = [tf.tensor1d([...x]), tf.tensor1d([condition])];
    const expected = await model.apply(...given).array();
    expect(await pg.apply(...given).array()).toEqual(expected);
    const view = pg.patch({ input: new AddPatch({ value: 1 }) });
    expect(await view.apply(...given).array()).toEqual(await model.apply(given[0].add(1), given[1]).array());
  }
});

it.each([[GPT2Model], [GPT2Block]])(
  '[T7] [P9] %s may run by itself around layers that meet a cache',
  async (type) => {
    const { model } = await goldenModel('gpt2-tiny');
    const ids = tf.tensor2d([[1, 2, 3]], undefined, 'int32');
    const pg = new PatchableGraph(model, [ids], { classesToSkipCompiling: [type] });
    const [ours, plain] = [pg.apply(ids, null, []), model.apply(ids, null, [])];
    expect(await ours.past?.[1]?.k.array()).toEqual(await plain.past?.[1]?.k.array());
    model.dispose();
  },
);
