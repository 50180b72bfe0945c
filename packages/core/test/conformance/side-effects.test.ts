import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { NodePathError, PatchError } from '../../src/errors.js';
import { Module } from '../../src/module/module.js';
import { buffer, named, parameter } from '../../src/module/tensors.js';
import { AddPatch, RecordPatch, ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';

beforeAll(useBackend);

const x = () => tf.tensor1d([1, 2]);

/** The software GPU of the tests ends at synchronous reads of tensors that it holds. */
const canReadAtOnce = () => tf.getBackend() !== 'webgpu';

/** A module whose `forward` is the given function, which gets the module too. */
class Doing extends Module {
  static override readonly inputs = ['x'];
  step = 0;
  factor = 2;
  kept: tf.Tensor | null = null;
  readonly counter = buffer(tf.scalar(1));
  readonly weights = [parameter(tf.scalar(2))];

  constructor(private readonly fn: (x: tf.Tensor, self: Doing) => tf.Tensor) {
    super();
  }

  forward(input: tf.Tensor): tf.Tensor {
    return this.fn(input, this);
  }
}

/** What a module computes now, and how its graph, made from another one like it, computes the same. */
async function both(fn: ConstructorParameters<typeof Doing>[0], input = x()): Promise<[unknown, unknown]> {
  const plain = await new Doing(fn).apply(input).array();
  const module = new Doing(fn);
  const graph = new PatchableGraph(module, [x()]);
  module.counter.assign(tf.scalar(1));
  return [await graph.apply(input).array(), plain];
}

it.each<[string, ConstructorParameters<typeof Doing>[0]]>([
  [
    'counts in an attribute',
    (input, self) => {
      self.step = 0;
      let value = input;
      while (self.step < 3) {
        self.step += 1;
        value = value.mul(self.step);
      }
      return value;
    },
  ],
  [
    'goes on to change an array that it gave to an operation',
    (input) => {
      const at = [0];
      const parts = [];
      for (let i = 0; i < 2; i += 1) {
        parts.push(input.slice(at, [1]).mul(i + 2));
        at[0] = 1;
      }
      return tf.concat(parts);
    },
  ],
  [
    'goes on to change a shape',
    (input) => {
      const shape = [2, 1];
      const value = input.reshape(shape);
      shape.reverse();
      return value;
    },
  ],
  [
    'goes on to change an array that it made a tensor from',
    (input) => {
      const numbers = new Float32Array([1, 1]);
      const value = input.add(tf.tensor1d(numbers));
      numbers[0] = 100;
      return value;
    },
  ],
  [
    'assigns to a variable',
    (input, self) => {
      self.counter.assign(self.counter.add(1) as tf.Scalar);
      return input.mul(self.counter);
    },
  ],
  [
    'catches what a reading of values throws',
    (input) => {
      let factor = 7;
      try {
        factor = input.dataSync()[0] as number;
      } catch {
        factor = 100;
      }
      return input.mul(factor);
    },
  ],
  [
    'leaves an activation',
    (input, self) => {
      self.kept = input.add(1);
      return self.kept.mul(2);
    },
  ],
  [
    'makes a tensor when it is first needed',
    (input, self) => {
      self.kept ??= tf.scalar(3);
      return input.mul(self.kept);
    },
  ],
])('[T2] a module that %s', async (what, fn) => {
  if (what.includes('reading of values') && !canReadAtOnce()) return;
  const [ours, plain] = await both(fn);
  expect(ours).toEqual(plain);
  const [again, other] = await both(fn, tf.tensor1d([5, -1]));
  expect(again).toEqual(other);
});

it('[T2] [T7] a result whose shape depends on values is not recorded', async () => {
  if (!canReadAtOnce()) return;
  const fn = (input: tf.Tensor) => {
    const { values } = tf.unique(input as tf.Tensor1D);
    return values.sum().div(values.shape[0] as number);
  };
  const graph = new PatchableGraph(new Doing(fn), [tf.tensor1d([1, 1])]);
  expect(String(graph.graph)).toMatch(/^<root>: OpaqueGraph/);
  expect(await graph.apply(x()).array()).toBe(1.5);
});

it('[T2] [T3] modules are after a trace as before, and other shapes have the same paths', async () => {
  const module = new Doing((input, self) => {
    self.kept ??= tf.scalar(3);
    return input.mul(self.kept);
  });
  const graph = new PatchableGraph(module, [x()]);
  expect(module.kept).toBeNull();
  const kept = await graph.record([tf.ones([3])]);
  expect([...kept.index.byPath.keys()]).toEqual([...graph.index.byPath.keys()]);
  expect(await module.apply(x()).array()).toEqual([3, 6]);
});

it('[T2] [P7] variables in arrays are seen as they are now, with gradients', async () => {
  const module = new Doing((input, { weights }) => input.mul(weights[0] as tf.Tensor));
  const graph = new PatchableGraph(module, [x()]);
  const [weight] = module.weights as [tf.Variable];
  const { grads } = tf.variableGrads(() => graph.apply(x()).sum() as tf.Scalar, [weight]);
  expect(await grads[weight.name]?.array()).toBe(3);
  weight.assign(tf.scalar(5));
  expect(await graph.apply(x()).array()).toEqual([5, 10]);
  graph.dispose();
  expect(weight.isDisposed).toBe(false);
});

it('[T2] [T3] attributes that were changed count in later runs', async () => {
  const module = new Doing((input, { factor }) => input.mul(factor));
  const graph = new PatchableGraph(module, [x()]);
  module.factor = 5;
  expect(await graph.apply(x()).array()).toEqual([5, 10]);
  expect(
    await graph
      .patch({ factor: new AddPatch({ value: 1 }) })
      .apply(x())
      .array(),
  ).toEqual([6, 12]);
});

it('[P3] [P6] a module that counts its calls runs by itself, and patches leave its count alone', async () => {
  const module = new Doing((input, self) => {
    self.factor += 1;
    return input.mul(self.factor);
  });
  const graph = new PatchableGraph(module, [x()]);
  expect(String(graph.graph)).toMatch(/^<root>: OpaqueGraph/);
  const before = module.factor;
  expect(
    await graph
      .patch({ factor: new ReplacePatch({ value: 100 }) })
      .apply(x())
      .array(),
  ).toEqual([101, 202]);
  expect(module.factor).toBe(before);
});

it('[P6] zero is zero, whatever the number was', () => {
  for (const value of [-3, Number.NEGATIVE_INFINITY, Number.NaN])
    expect(Object.is(new ZeroPatch().scalar(value), 0)).toBe(true);
});

it('[T10] [P6] random operations draw the same where a number is patched', async () => {
  const module = new Doing((input, { factor }) =>
    input
      .mul(0)
      .add(tf.randomNormal([2]))
      .add(factor),
  );
  const graph = new PatchableGraph(module, [x()]);
  const clean = await graph.apply(x()).sub(2).array();
  const patched = await graph.patch({ factor: new ZeroPatch() }).apply(x()).array();
  (patched as number[]).forEach((value, i) => {
    expect(value).toBeCloseTo((clean as number[])[i] as number, 5);
  });
});

/** Runs one of two modules, as the first number says, and tells that number. */
class Choosing extends Module {
  readonly positive = new Doing((input) => input.mul(2));
  readonly negative = new Doing((input) => input.mul(3));
  forward(input: tf.Tensor): { y: tf.Tensor; first: number } {
    const [first = 0] = input.dataSync();
    return { y: (first > 0 ? this.positive : this.negative).apply(input), first };
  }
}

it('[T7] [P5] a patch on a call that is not made this time is an error', () => {
  if (!canReadAtOnce()) return;
  const graph = new PatchableGraph(new Choosing(), [x()]);
  const view = graph.patch({ 'positive.output': new ZeroPatch() });
  expect(() => view.apply(tf.tensor1d([-1, 2]))).toThrow(NodePathError);
});

class Telling extends Module {
  forward(input: tf.Tensor): number {
    return input.dataSync()[0] ?? 0;
  }
}

class Multiplying extends Module {
  readonly telling = new Telling();
  forward(input: tf.Tensor): tf.Tensor {
    return input.mul(this.telling.apply(input));
  }
}

it('[T7] numbers that modules return by reading values are those of this run', async () => {
  if (!canReadAtOnce()) return;
  const graph = new PatchableGraph(new Choosing(), [x()]);
  for (const first of [1, 7, -3]) expect(graph.apply(tf.tensor1d([first, 1])).first).toBe(first);
  expect(new PatchableGraph(new Telling(), [x()]).apply(tf.tensor1d([4, 1]))).toBe(4);
  const multiplying = new PatchableGraph(new Multiplying(), [x()]);
  expect(await multiplying.apply(tf.tensor1d([4, 1])).array()).toEqual([16, 4]);
});

it('[T7] [P2] what a run keeps that had to begin again is kept once', async () => {
  if (!canReadAtOnce()) return;
  class Repeating extends Module {
    forward(input: tf.Tensor): tf.Tensor {
      return tf.ones([input.dataSync()[0] as number]).mul(2);
    }
  }
  class Around extends Module {
    readonly repeating = new Repeating();
    forward(input: tf.Tensor): tf.Tensor {
      return this.repeating
        .apply(input)
        .sum()
        .add(named('h', input.mul(1)));
    }
  }
  const graph = new PatchableGraph(new Around(), [x()]);
  const record = new RecordPatch();
  expect(
    await graph
      .patch({ h: record })
      .apply(tf.tensor1d([3, 2]))
      .array(),
  ).toEqual([9, 8]);
  expect(record.activations.length).toBe(1);
  record.dispose();
});

it('[P5] a frozen module that runs by itself refuses patches on what it holds', () => {
  if (!canReadAtOnce()) return;
  class Reading extends Module {
    readonly weight = parameter(tf.scalar(3));
    forward(input: tf.Tensor): tf.Tensor {
      input.dataSync();
      return input.mul(this.weight);
    }
  }
  const graph = new PatchableGraph(Object.freeze(new Reading()), [x()]);
  const view = graph.patch({ weight: new ZeroPatch() });
  expect(() => view.apply(x())).toThrow(PatchError);
  expect(() => view.apply(x())).toThrow(/'weight' of Reading cannot be patched: the module is frozen/);
});

it('[T8] a custom function may call the module that it stands for', async () => {
  const doubling = new Doing((input) => input.mul(2));
  class Around extends Module {
    readonly inner = doubling;
    forward(input: tf.Tensor): tf.Tensor {
      return this.inner.apply(input);
    }
  }
  const andOne = (module: Doing, input: tf.Tensor) => module.apply(input).add(1);
  const customExtractionFunctions = new Map([[Doing, andOne]]) as never;
  const graph = new PatchableGraph(new Around(), [x()], { customExtractionFunctions });
  expect(await graph.apply(x()).array()).toEqual([3, 5]);
});

it('[T8] [P8] a graph that is refused leaves nothing allocated', () => {
  class Around extends Module {
    readonly unused = new Telling();
    forward(input: tf.Tensor): tf.Tensor {
      return input.add(tf.tensor1d([1, 2]));
    }
  }
  const input = x();
  const module = new Around();
  const before = tf.memory().numTensors;
  expect(() => new PatchableGraph(module, [input], { allowUnusedSubmodules: false })).toThrow(/never reach/);
  const postprocessingFunction = () => {
    throw new Error('mine');
  };
  expect(() => new PatchableGraph(module, [input], { postprocessingFunction })).toThrow('mine');
  expect(tf.memory().numTensors).toBe(before);
});

it('[T1] a graph runs and is traced inside another model’s forward', async () => {
  const inner = new PatchableGraph(new Doing((input) => input.mul(2)), [x()]);
  const graph = new PatchableGraph(new Doing((input) => inner.apply(input).add(1)), [x()]);
  for (const input of [x(), tf.ones([3])]) {
    expect(await graph.apply(input).array()).toEqual(await input.mul(2).add(1).array());
  }
  expect(graph.match('add')).toEqual(['add']);
});

it('[R2] a patched run made inside tf.tidy keeps its values', async () => {
  const run = await new PatchableGraph(new Doing((input) => input.mul(2)), [x()]).record([x()]);
  let patched = run;
  tf.tidy(() => {
    patched = run.patch({ x: new AddPatch({ value: 1 }) });
  });
  expect(await (patched.output as tf.Tensor).array()).toEqual([4, 6]);
});

it('[R2] [P6] what a patched number changes is told for infinities too', async () => {
  const module = new Doing((input, { factor }) => input.add(tf.fill([2], factor)));
  module.factor = Number.NEGATIVE_INFINITY;
  const run = await new PatchableGraph(module, [x()]).record([x()]);
  const patched = run.patch({ factor: new ReplacePatch({ value: Number.POSITIVE_INFINITY }) });
  expect(patched.changed).toContain('output');
});

it('[R3] [P6] variants of a run with a patched number have it too; what patches keep is kept once', async () => {
  const module = new Doing((input, { factor }) => tf.leakyRelu(named('h', input.mul(100)), factor));
  const graph = new PatchableGraph(module, [x()]);
  const record = new RecordPatch();
  const view = graph.patch({ factor: new ReplacePatch({ value: 0.25 }), leakyRelu: record });
  const run = await view.record([x()]);
  const results = await run.runVariants([-1, -2, -4].map((value) => ({ h: new ReplacePatch({ value }) })));
  const arrays = await Promise.all(results.map((each) => (each as tf.Tensor).array()));
  expect(arrays).toEqual([-0.25, -0.5, -1].map((value) => [value, value]));
  expect(record.activations.length).toBe(4);
  record.dispose();
});
