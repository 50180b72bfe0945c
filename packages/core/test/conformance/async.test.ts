import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { Module } from '../../src/module/module.js';
import { parameter } from '../../src/module/tensors.js';
import { ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';

beforeAll(useBackend);

const x = () => tf.tensor1d([1, 2]);
const wait = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Triples its input after a while. */
class Slow extends Module {
  readonly weight = parameter(tf.scalar(3));
  constructor(private readonly milliseconds: number) {
    super();
  }

  async forward(input: tf.Tensor): Promise<tf.Tensor> {
    await wait(this.milliseconds);
    return input.mul(this.weight);
  }
}

class Quick extends Module {
  readonly weight = parameter(tf.scalar(3));
  forward(input: tf.Tensor): tf.Tensor {
    return input.mul(this.weight);
  }
}

/** Calls two modules at a time and adds what they give. */
class Together extends Module {
  constructor(
    readonly left: Slow,
    readonly right: Slow | Quick,
  ) {
    super();
  }

  async forward(input: tf.Tensor): Promise<tf.Tensor> {
    const parts = await Promise.all([this.left.apply(input), this.right.apply(input)]);
    const sum = tf.addN(parts);
    tf.dispose(parts);
    return sum;
  }
}

it.each([
  ['two asynchronous modules', () => new Together(new Slow(8), new Slow(2))],
  ['two of which the first is ready first', () => new Together(new Slow(2), new Slow(8))],
  ['an asynchronous and a compiled one', () => new Together(new Slow(5), new Quick())],
])('[T7] [P1] patches act where a model waits for %s at a time', async (_, make) => {
  const graph = await PatchableGraph.create(make(), [x()]);
  expect(await (await graph.apply(x())).array()).toEqual([6, 12]);
  for (const path of ['left.output', 'right.output', 'left.weight', 'right.weight']) {
    const result = await graph.patch({ [path]: new ZeroPatch() }).apply(x());
    expect(await result.array(), path).toEqual([3, 6]);
  }
});

it('[T5] [T7] [P3] two calls of one asynchronous module at a time are patched apart', async () => {
  const slow = new Slow(4);
  const graph = await PatchableGraph.create(new Together(slow, slow), [x()]);
  const { weight } = slow;
  const view = graph.patch({
    'left_0.weight': new ReplacePatch({ value: 10 }),
    'left_1.weight': new ReplacePatch({ value: 100 }),
  });
  expect(await (await view.apply(x())).array()).toEqual([110, 220]);
  expect(slow.weight).toBe(weight);
});

it('[P1] what is called in a scope is patched, also when it runs later', async () => {
  const graph = await PatchableGraph.create(new Slow(1), [x()]);
  let result: Promise<tf.Tensor> | undefined;
  graph.patch({ output: new ZeroPatch() }, () => {
    result = graph.apply(x());
  });
  expect(await (await result)?.array()).toEqual([0, 0]);
});

it('[T7] other graphs are traced and run while a model waits, also inside of it', async () => {
  const waiting = await PatchableGraph.create(new Slow(30), [x()]);
  const pending = waiting.apply(x());
  await wait(5);
  const quick = new PatchableGraph(new Quick(), [x()]);
  expect(await quick.apply(tf.ones([3])).array()).toEqual([3, 3, 3]);
  expect(await (await pending).array()).toEqual([3, 6]);
  class Around extends Module {
    async forward(input: tf.Tensor): Promise<tf.Tensor> {
      return (await waiting.apply(input)).add(1);
    }
  }
  const around = await PatchableGraph.create(new Around(), [x()]);
  expect(await (await around.apply(x())).array()).toEqual([4, 7]);
});

it('[T7] values that forward reads without waiting for them do no harm', async () => {
  const seen: number[] = [];
  class Logging extends Module {
    forward(input: tf.Tensor): tf.Tensor {
      input.data().then((values) => seen.push(values[0] as number));
      return input.mul(2);
    }
  }
  const graph = new PatchableGraph(new Logging(), [x()]);
  expect(String(graph.graph)).toMatch(/^<root>: OpaqueGraph/);
  expect(await graph.apply(x()).array()).toEqual([2, 4]);
  await wait(5);
  expect(new Set(seen)).toEqual(new Set([1]));
});

it('[R4] [P8] aborting does not wait for a module, and frees everything', async () => {
  const graph = await PatchableGraph.create(new Slow(40), [x()]);
  const input = x();
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('stop')), 5);
  await expect(graph.record([input], { signal: controller.signal })).rejects.toThrow('stop');
  expect(tf.memory().numTensors).toBe(before);
  // The module goes on by itself, and what it makes then is not the next test's.
  await wait(80);
});

it('[P8] runs of asynchronous models leave nothing behind but their results', async () => {
  const graph = await PatchableGraph.create(new Together(new Slow(2), new Slow(1)), [x()]);
  const input = x();
  const view = graph.patch({ 'left.weight': new ReplacePatch({ value: 7 }) });
  (await view.apply(input)).dispose();
  const before = tf.memory().numTensors;
  const results = await Promise.all([1, 2, 3].map(() => view.apply(input)));
  expect(tf.memory().numTensors).toBe(before + 3);
  tf.dispose(results);
});

it('[R4] a run that is being recorded keeps the weights that it began with', async () => {
  class Long extends Module {
    readonly weight = parameter(tf.scalar(2));
    forward(input: tf.Tensor): tf.Tensor {
      let value = input;
      for (let i = 0; i < 600; i += 1) value = value.add(1);
      return value.mul(0).add(this.weight);
    }
  }
  const large = tf.ones([40_000]);
  const model = new Long();
  const graph = new PatchableGraph(model, [large]);
  const pending = graph.record([large], { onProgress: () => model.weight.assign(tf.scalar(100)) });
  const run = await pending;
  expect(await run.value('weight').array()).toBe(2);
  expect((await (run.output as tf.Tensor).data())[0]).toBe(2);
});
