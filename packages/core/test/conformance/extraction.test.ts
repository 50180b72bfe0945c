import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it, vi } from 'vitest';
import { GraphError, InputError, UntraceableError } from '../../src/errors.js';
import type { Graph } from '../../src/graph/types.js';
import { Module } from '../../src/module/module.js';
import { parameter } from '../../src/module/tensors.js';
import { AddPatch, ProbePatch, ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';

beforeAll(useBackend);

const x = () => tf.tensor1d([1, -2]);

class Double extends Module {
  readonly weight = parameter(tf.tensor1d([2, 2]));
  forward(input: tf.Tensor): tf.Tensor {
    return input.mul(this.weight);
  }
}

/** Doubles what is positive, by looking at the numbers. */
class Reading extends Module {
  readonly double = new Double();
  forward(input: tf.Tensor): tf.Tensor {
    const [first = 0] = input.dataSync();
    return first > 0 ? this.double.apply(input) : input;
  }
}

class Around extends Module {
  readonly reading = new Reading();
  forward(input: tf.Tensor): tf.Tensor {
    return this.reading.apply(input).add(1);
  }
}

/** The same by tensor operations, entry by entry. */
function doublePositive({ double }: Reading, input: tf.Tensor): tf.Tensor {
  return tf.where(input.greater(0), double.apply(input), input);
}

it('[T8] customExtractionFunctions are recorded in place of forward', async () => {
  const customExtractionFunctions = new Map([[Reading, doublePositive]]);
  const pg = new PatchableGraph(new Around(), [x()], {
    customExtractionFunctions,
    errorOnCompilationFailure: true,
  });
  expect(String(pg.graph)).not.toContain('Opaque');
  expect(pg.match('reading.*')).toEqual([
    'reading.input',
    'reading.greater',
    'reading.double',
    'reading.where',
    'reading.output',
  ]);
  expect(await pg.apply(x()).array()).toEqual([3, -1]);
  const view = pg.patch({ 'reading.double.weight': new AddPatch({ value: 1 }) });
  expect(await view.apply(x()).array()).toEqual([4, -1]);
});

it('[T7] [T8] a custom function that cannot be recorded leaves its module opaque, also below opaque ones', async () => {
  const reads = (module: Reading, input: tf.Tensor) => module.forward(input);
  const failing = new PatchableGraph(new Around(), [tf.tensor1d([-1, 2])], {
    customExtractionFunctions: new Map([[Reading, reads]]),
  });
  expect(String(failing.graph)).toContain('reading: OpaqueGraph');
  expect(await failing.apply(tf.tensor1d([-1, 2])).array()).toEqual([0, 3]);
  const below = new PatchableGraph(new Around(), [x()], {
    customExtractionFunctions: new Map([[Reading, doublePositive]]),
    classesToSkipCompiling: [Around],
  });
  expect(String(below.graph)).toMatch(/^<root>: OpaqueGraph[\s\S]*reading: Graph/);
  expect(await below.apply(x()).array()).toEqual([3, -1]);
});

it('[T8] postprocessingFunction may change each graph, and what is not sound is refused', async () => {
  const rename = (graph: Graph): Graph => ({
    ...graph,
    root: {
      ...graph.root,
      children: graph.root.children.map((node) =>
        node.name === 'mul' ? { ...node, name: 'product' } : node,
      ),
    },
  });
  const pg = new PatchableGraph(new Double(), [x()], { postprocessingFunction: rename });
  for (const input of [x(), tf.ones([3, 2])]) {
    const result = pg.patch({ product: new ZeroPatch() }).apply(input);
    expect(Math.abs((await result.abs().sum().array()) as number)).toBe(0);
  }
  const wrong: [RegExp, (graph: Graph) => Graph][] = [
    [/before it is written/, (graph) => ({ ...graph, steps: [...graph.steps].reverse() })],
    [/There is no value/, (graph) => ({ ...graph, values: graph.values.slice(1) })],
    [/is written again/, (graph) => ({ ...graph, steps: [...graph.steps, ...graph.steps] })],
    [
      /not its output/,
      (graph) => ({ ...graph, root: { ...graph.root, children: graph.root.children.slice(0, -1) } }),
    ],
    [
      /two nodes 'mul'/,
      (graph) => ({
        ...graph,
        root: {
          ...graph.root,
          children: [...graph.root.children.slice(0, -1), ...graph.root.children.slice(-2)],
        },
      }),
    ],
  ];
  for (const [message, postprocessingFunction] of wrong) {
    const make = () => new PatchableGraph(new Double(), [x()], { postprocessingFunction });
    expect(make).toThrow(GraphError);
    expect(make).toThrow(message);
  }
});

it('[T8] warnOnCompilationFailure tells in the console what runs by itself', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  try {
    new PatchableGraph(new Reading(), [x()]);
    expect(warn).not.toHaveBeenCalled();
    new PatchableGraph(new Reading(), [x()], { warnOnCompilationFailure: true });
    expect(warn.mock.calls).toEqual([[expect.stringContaining('Reading.forward reads the values')]]);
  } finally {
    warn.mockRestore();
  }
});

/** Something with methods, which no graph can hold. */
class Box {
  constructor(readonly content: tf.Tensor) {}
}

class Unboxing extends Module {
  readonly double = new Double();
  forward(box: Box): tf.Tensor {
    return this.double.apply(box.content);
  }
}

class Boxing extends Module {
  readonly unboxing = new Unboxing();
  forward(input: tf.Tensor): tf.Tensor {
    return this.unboxing.apply(new Box(input.add(1)));
  }
}

it('[T7] [M5] modules that hand over unusual values run by themselves, what lies below is still compiled', async () => {
  const pg = new PatchableGraph(new Boxing(), [x()]);
  expect(pg.match('**')).toEqual([
    'input',
    'unboxing_double',
    'unboxing_double.input',
    'unboxing_double.weight',
    'unboxing_double.mul',
    'unboxing_double.output',
    'output',
  ]);
  const other = tf.tensor1d([10, 20]);
  expect(await pg.apply(other).array()).toEqual([22, 42]);
  const view = pg.patch({ 'unboxing_double.weight': new AddPatch({ value: 1 }) });
  expect(await view.apply(other).array()).toEqual([33, 63]);
  expect(() => new PatchableGraph(new Unboxing(), [new Box(x())])).toThrow(InputError);
});

/** Waits for the numbers, as one must on a GPU. */
class Awaiting extends Module {
  static override readonly inputs = ['x'];
  readonly positive = new Double();
  readonly negative = new Double();
  bonus = 1;

  async forward(input: tf.Tensor): Promise<tf.Tensor> {
    const sum = tf.tidy(() => input.sum());
    const [total = 0] = await sum.data();
    sum.dispose();
    const chosen = total > 0 ? this.positive : this.negative;
    return tf.tidy(() => chosen.apply(input.add(this.bonus)));
  }
}

class AsyncRoot extends Module {
  static override readonly inputs = ['x'];
  readonly inner = new Awaiting();
  readonly last = new Double();

  async forward(input: tf.Tensor): Promise<{ y: tf.Tensor }> {
    const middle = await this.inner.apply(input);
    const y = this.last.apply(middle);
    middle.dispose();
    return { y };
  }
}

it('[T7] asynchronous modules run by themselves, with compiled submodules', async () => {
  expect(() => new PatchableGraph(new AsyncRoot(), [x()])).toThrow(UntraceableError);
  expect(() => new PatchableGraph(new AsyncRoot(), [x()])).toThrow(/await PatchableGraph\.create/);
  const model = new AsyncRoot();
  const pg = await PatchableGraph.create(model, [tf.tensor1d([1, 2])]);
  expect(String(pg.graph)).toBe(
    `
<root>: OpaqueGraph(4)
├─x: Tensor(2)
├─inner: OpaqueGraph(4)
│ ├─x: Tensor(2)
│ ├─bonus: number
│ ├─positive: Graph(4)
│ │ ├─input: Tensor(2)
│ │ ├─weight: Tensor(2)
│ │ ├─mul: Tensor(2)
│ │ └─output: Tensor(2)
│ └─output: Tensor(2)
├─last: Graph(4)
│ ├─input: Tensor(2)
│ ├─weight: Tensor(2)
│ ├─mul: Tensor(2)
│ └─output: Tensor(2)
└─output: object(1)
  └─y: Tensor(2)`.trim(),
  );
  for (const input of [tf.tensor1d([1, 2]), tf.tensor1d([-3, 2]), tf.tensor1d([1, 2, 5]).slice(1)]) {
    const [ours, plain] = [await pg.apply(input), await model.apply(input)];
    expect(await ours.y.array()).toEqual(await plain.y.array());
  }
});

it('[T7] [P1] [P6] patches work in asynchronous models: inputs, outputs, parameters, attributes, inside', async () => {
  const pg = await PatchableGraph.create(new AsyncRoot(), [tf.tensor1d([1, 2])]);
  const run = async (path: string) => {
    const view = pg.patch({ [path]: new AddPatch({ value: 10 }) });
    return (await view.apply(tf.tensor1d([1, 2]))).y.array();
  };
  expect(await run('x')).toEqual([48, 52]);
  expect(await run('inner.positive.weight')).toEqual([48, 72]);
  expect(await run('inner.positive.mul')).toEqual([28, 32]);
  expect(await run('inner.output')).toEqual([28, 32]);
  expect(await run('inner.bonus')).toEqual([48, 52]);
  expect(await run('output|y')).toEqual([18, 22]);
  const probe = new ProbePatch();
  const views = [probe, new AddPatch({ value: 1 })].map((patch) => pg.patch({ 'last.input': patch }));
  const results = await Promise.all(views.map((view) => view.apply(tf.tensor1d([1, 2]))));
  expect(await results[0]?.y.array()).toEqual([8, 12]);
  expect(await results[1]?.y.array()).toEqual([10, 14]);
  expect(await probe.activation?.array()).toEqual([4, 6]);
  const recorded = await views[1]?.record([tf.tensor1d([1, 2])]);
  expect(await recorded?.value('last.mul').array()).toEqual([10, 14]);
  expect(() => recorded?.patch({ x: new ZeroPatch() })).toThrow(/is asynchronous/);
});

it('[T7] [P3] [P8] asynchronous runs leave nothing behind, also after an exception', async () => {
  const input = tf.tensor1d([1, 2]);
  const pg = await PatchableGraph.create(new AsyncRoot(), [input]);
  const weight = pg.module.inner.positive.weight;
  const view = pg.patch({ 'inner.positive.weight': new AddPatch({ value: 1 }) });
  (await view.apply(input)).y.dispose();
  const before = tf.memory().numTensors;
  for (let run = 0; run < 5; run += 1) (await view.apply(input)).y.dispose();
  expect(tf.memory().numTensors).toBe(before);
  pg.module.last.forward = () => {
    throw new Error('broken');
  };
  const opaque = await PatchableGraph.create(new AsyncRoot(), [input]);
  const still = tf.memory().numTensors;
  opaque.module.inner.forward = async () => {
    throw new Error('broken');
  };
  await expect(opaque.apply(input)).rejects.toThrow('broken');
  expect(tf.memory().numTensors).toBe(still);
  expect(pg.module.inner.positive.weight).toBe(weight);
});
