import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { Module } from '../../src/module/module.js';
import { AddPatch, CustomPatch, ProbePatch, ZeroPatch } from '../../src/patch/patches.js';
import { NoisePatch } from '../../src/patch/statistical-patches.js';
import { traceOptions } from '../../src/patchable/options.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { TraceCache } from '../../src/patchable/traces.js';
import { useBackend } from '../support/backend.js';
import { counting, ToyModel } from '../support/toy-models.js';

beforeAll(useBackend);

/** A part that runs by itself where a test says so. */
class Link extends Module {
  forward(input: tf.Tensor): tf.Tensor {
    return input.add(1);
  }
}

class Wrapper extends Module {
  readonly link = new Link();
  forward(input: tf.Tensor): tf.Tensor {
    return this.link.apply(input);
  }
}

/** Adds 1 many times. */
class Chain extends Module {
  static override readonly inputs = ['x'];
  readonly wrapper = new Wrapper();
  constructor(private readonly length: number) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    let value = x;
    for (let i = 0; i < this.length; i += 1) value = i % 10 === 0 ? this.wrapper.apply(value) : value.add(1);
    return value;
  }
}

const LENGTH = 1000;

/** Large enough that a run takes longer than one stretch of work. */
const large = () => tf.ones([40_000]);

it('[R4] recording reports progress, lets others work, and gives the right values', async () => {
  const x = large();
  const pg = new PatchableGraph(new Chain(LENGTH), [x], { classesToSkipCompiling: [Wrapper] });
  const seen: number[] = [];
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  });
  const run = await pg.record([x], { onProgress: ({ done, total }) => seen.push(done / total) });
  clearInterval(timer);
  expect((await (run.output as tf.Tensor).data()).at(-1)).toBe(LENGTH + 1);
  expect(seen.at(-1)).toBe(1);
  expect(seen.length).toBeGreaterThan(2);
  expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  expect(ticks).toBeGreaterThan(0);
  run.dispose();
});

it('[R4] aborting frees everything, at once and halfway', async () => {
  const x = large();
  const pg = new PatchableGraph(new Chain(LENGTH), [x]);
  const before = tf.memory().numTensors;
  const aborted = AbortSignal.abort(new Error('never mind'));
  await expect(pg.record([x], { signal: aborted })).rejects.toThrow('never mind');
  const controller = new AbortController();
  let last = 0;
  const halfway = pg.record([x], {
    signal: controller.signal,
    onProgress: ({ done, total }) => {
      last = done / total;
      controller.abort(new Error('enough'));
    },
  });
  await expect(halfway).rejects.toThrow('enough');
  expect(last).toBeLessThan(1);
  expect(tf.memory().numTensors).toBe(before);
});

it('[R4] [P3] [P8] a patch that throws halfway through recording leaves nothing behind', async () => {
  const x = large();
  const pg = new PatchableGraph(new Chain(LENGTH), [x]);
  const before = tf.memory().numTensors;
  const broken = new CustomPatch({
    op: () => {
      throw new Error('broken');
    },
  });
  await expect(pg.patch({ add_800: broken }).record([x])).rejects.toThrow('broken');
  expect(tf.memory().numTensors).toBe(before);
});

it('[T3] traces are kept by last use and bounded; a kept run outlives the trace that it is of', async () => {
  class Doubling extends Module {
    forward(input: tf.Tensor): tf.Tensor {
      return input.mul(2);
    }
  }
  const pg = new PatchableGraph(new Doubling(), [counting(1)]);
  const x = counting(3);
  const run = await pg.record([x]);
  const growth: number[] = [];
  for (let rows = 4; rows < 100; rows += 1) {
    const input = counting(rows);
    pg.apply(input).dispose();
    input.dispose();
    growth.push(tf.memory().numTensors);
  }
  // Each trace keeps as many constants as the others, so that the count stands still once some are dropped.
  expect(growth[80]).toBe(growth.at(-1));
  expect(growth[40]).toBeLessThan(growth[80] as number);
  const patched = run.patch({ input: new AddPatch({ value: 1 }) });
  expect(await (patched.output as tf.Tensor).array()).toEqual([4, 6, 8]);
  patched.dispose();
  run.dispose();
  pg.dispose();
});

it('[T3] traces are bounded by the bytes of their constants too; the last one always stays', async () => {
  class Table extends Module {
    forward(input: tf.Tensor): tf.Tensor {
      return input.add(tf.ones([1000]).sum()).add(tf.tensor1d(new Float32Array(1000)).sum());
    }
  }
  const module = new Table();
  const traces = new TraceCache(module, traceOptions({}), (graph) => graph, { count: 50, bytes: 60_000 });
  const inputs = Array.from({ length: 8 }, (_, i) => tf.ones([i + 1]));
  const before = tf.memory().numBytes;
  for (const input of inputs) await traces.for([input]);
  const few = tf.memory().numBytes - before;
  expect(few).toBeGreaterThan(2 * 4000);
  expect(few).toBeLessThan(60_000);
  traces.dispose();
  expect(tf.memory().numBytes).toBe(before);
  const tiny = new TraceCache(module, traceOptions({}), (graph) => graph, { count: 50, bytes: 1 });
  const [first, second] = [tiny.for([tf.ones([1])]), tiny.for([tf.ones([2])])];
  expect(tiny.for([tf.ones([2])])).toBe(second);
  expect(tiny.for([tf.ones([1])])).not.toBe(first);
  tiny.dispose();
});

it('[T3] [P5] control flow may depend on a shape: paths that the new trace lacks are refused before anything runs', async () => {
  class Folding extends Module {
    static override readonly inputs = ['x'];
    readonly half = new Link();
    forward(x: tf.Tensor): tf.Tensor {
      const [length = 0] = x.shape;
      if (length === 1) return x.mul(10);
      const [left, right] = tf.split(x, 2) as [tf.Tensor, tf.Tensor];
      return this.forward(this.half.apply(left.add(right)));
    }
  }
  const model = new Folding();
  const pg = new PatchableGraph(model, [counting(4)]);
  for (const length of [1, 2, 4, 8]) {
    const x = counting(length);
    expect(await pg.apply(x).array()).toEqual(await model.apply(x).array());
  }
  let ran = false;
  const noticing = new CustomPatch({
    op: (value) => {
      ran = true;
      return value;
    },
  });
  const view = pg.patch({ x: noticing, half_1: [], 'half_1.add': new AddPatch({ value: 1 }) });
  expect(await view.apply(counting(4)).array()).toEqual([140]);
  ran = false;
  expect(() => view.apply(counting(2))).toThrow(/no node 'half_1\.add'/);
  expect(ran).toBe(false);
  expect(pg.match('half*')).toEqual(['half_0', 'half_1']);
});

/** Noise without a seed, and sampled numbers where the backend has them: on WebGPU they are read synchronously. */
class Noisy extends Module {
  static override readonly inputs = ['x'];
  forward(x: tf.Tensor1D) {
    const noise = tf.randomNormal(x.shape).add(tf.randomUniform(x.shape));
    const many = x.tile([50]) as tf.Tensor1D;
    const sampled = tf.getBackend() === 'webgpu' ? many : tf.multinomial(many, 20);
    return { noisy: x.add(noise), dropped: tf.dropout(many, 0.5), sampled };
  }
}

it('[T10] clean and patched runs see the same noise, which is part of the graph', async () => {
  const x = tf.tensor1d([1, 2, 3]);
  const pg = new PatchableGraph(new Noisy(), [x]);
  expect(pg.match('*')).toEqual(expect.arrayContaining(['randomNormal', 'randomUniform', 'dropout']));
  const read = async (result: ReturnType<Noisy['forward']>) => [
    await result.noisy.array(),
    await result.dropped.array(),
    await result.sampled.array(),
  ];
  const first = await read(pg.apply(x));
  expect(await read(pg.apply(x))).toEqual(first);
  expect(await read(pg.patch({ 'output|noisy': new ProbePatch() }).apply(x))).toEqual(first);
  const kept = await pg.record([x]);
  expect(await read(kept.output as ReturnType<Noisy['forward']>)).toEqual(first);
  const [noisy] = await read(pg.patch({ randomNormal: new ZeroPatch() }).apply(x));
  expect(noisy).not.toEqual(first[0]);
});

const RUNS = 10_000;

/** Bytes that the backend holds on the GPU, its pool of free buffers included; 0 elsewhere. */
function gpuBytes(): number {
  return (tf.memory() as { numBytesAllocatedInGPU?: number }).numBytesAllocatedInGPU ?? 0;
}

it(`[P8] [R1] ${RUNS} patched runs leave the tensor count and the GPU's bytes where they were`, {
  timeout: 300_000,
}, async () => {
  const x = counting(3, 2) as tf.Tensor2D;
  const pg = new PatchableGraph(new ToyModel(), [x]);
  const clean = await pg.record([x]);
  const map = {
    'linear.matMul': [new AddPatch({ value: [1, 2, 3], slice: '1' }), new NoisePatch({ std: 1, seed: 3 })],
    output: new ZeroPatch({ slice: ':, 0' }),
  };
  const view = pg.patch(map);
  const once = (): void => {
    view.apply(x).dispose();
    clean.patch(map).dispose();
  };
  for (let run = 0; run < 10; run += 1) once();
  await view.apply(x).data();
  const [tensors, bytes, gpu] = [tf.memory().numTensors - 1, tf.memory().numBytes, gpuBytes()];
  for (let run = 0; run < RUNS / 2; run += 1) {
    once();
    // Lets the GPU finish, so that it gives buffers back.
    if (run % 100 === 0) {
      const result = view.apply(x);
      await result.data();
      result.dispose();
    }
  }
  expect(tf.memory().numTensors).toBeLessThanOrEqual(tensors + 1);
  expect(tf.memory().numBytes).toBeLessThanOrEqual(bytes);
  expect(gpuBytes()).toBeLessThanOrEqual(gpu * 1.5 + 65536);
});
