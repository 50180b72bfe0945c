import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { NodePathError, PatchError, SliceError } from '../../src/errors.js';
import { Module } from '../../src/module/module.js';
import { LayerNorm } from '../../src/nn/norm.js';
import type { Patch } from '../../src/patch/patch.js';
import {
  AddPatch,
  CustomPatch,
  ProbePatch,
  RecordPatch,
  ReplacePatch,
  ZeroPatch,
} from '../../src/patch/patches.js';
import { MeanPatch, ScalePatch } from '../../src/patch/statistical-patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';

beforeAll(useBackend);

interface Settings {
  readonly times: number;
  readonly isNegative: boolean;
}

/** Repeats a step as often as it is told, and tells what it did. */
class Repeat extends Module {
  static override readonly inputs = ['x', 'settings'];
  amount = 2;
  readonly mode: string = 'add';
  readonly ignored = 7;

  forward(x: tf.Tensor, { times, isNegative }: Settings): { value: tf.Tensor; steps: number } {
    let value = x;
    for (let i = 0; i < times; i += 1) {
      value = this.mode === 'add' ? value.add(this.amount) : value.mul(this.amount);
    }
    return { value: isNegative ? value.neg() : value, steps: times * this.amount };
  }
}

class Outer extends Module {
  static override readonly inputs = ['x', 'settings'];
  readonly first = new Repeat();
  readonly again = this.first;

  forward(x: tf.Tensor, settings: Settings): tf.Tensor {
    const { value, steps } = this.first.apply(x, settings);
    return this.first.apply(value, { times: steps, isNegative: false }).value.div(this.first.amount);
  }
}

const x = () => tf.tensor1d([1, -3]);
const settings: Settings = { times: 2, isNegative: false };

async function patched(map: Record<string, Patch | Patch[]>): Promise<number[]> {
  const input = x();
  const pg = new PatchableGraph(new Outer(), [input, settings]);
  const result = pg.patch(map).apply(input, settings);
  return [...(await result.data())];
}

it('[P6] [T4] [G2] numbers, booleans and the attributes that forward uses are nodes', () => {
  const pg = new PatchableGraph(new Outer(), [x(), settings]);
  expect(String(pg.graph)).toBe(
    `
<root>: Graph(7)
├─x: Tensor(2)
├─settings: object(2)
│ ├─times: number
│ └─isNegative: boolean
├─first_0: Graph(7)
│ ├─x: Tensor(2)
│ ├─settings: object(2)
│ │ ├─times: number
│ │ └─isNegative: boolean
│ ├─mode: string
│ ├─amount: number
│ ├─add: Tensor(2)
│ ├─add_1: Tensor(2)
│ └─output: object(2)
│   ├─value: Tensor(2)
│   └─steps: number
├─first_1: Graph(9)
│ ├─x: Tensor(2)
│ ├─settings: object(2)
│ │ ├─times: number
│ │ └─isNegative: boolean
│ ├─mode: string
│ ├─amount: number
│ ├─add: Tensor(2)
│ ├─add_1: Tensor(2)
│ ├─add_2: Tensor(2)
│ ├─add_3: Tensor(2)
│ └─output: object(2)
│   ├─value: Tensor(2)
│   └─steps: number
├─first_amount: number
├─div: Tensor(2)
└─output: Tensor(2)`.trim(),
  );
  expect(pg.graph.first_0?._code).toContain('const amount = this.amount;');
});

it('[P6] patches on scalars do what the changed program does', async () => {
  // Twice + 2, then 2 · 2 = 4 times + 2, then / 2.
  expect(await patched({})).toEqual([6.5, 4.5]);
  expect(await patched({ 'settings|times': new ReplacePatch({ value: 1 }) })).toEqual([3.5, 1.5]);
  expect(await patched({ 'settings|times': new ZeroPatch() })).toEqual([0.5, -1.5]);
  expect(await patched({ 'first_0.settings|isNegative': new ReplacePatch({ value: true }) })).toEqual([
    1.5, 3.5,
  ]);
  expect(await patched({ 'first_0.output|steps': new AddPatch({ value: -3 }) })).toEqual([3.5, 1.5]);
  expect(await patched({ 'first_1.amount': new ScalePatch({ factor: -1 }) })).toEqual([-1.5, -3.5]);
  expect(await patched({ 'first_1.mode': new ReplacePatch({ value: 'mul' }) })).toEqual([40, 8]);
  expect(await patched({ first_amount: new ReplacePatch({ value: 4 }) })).toEqual([3.25, 2.25]);
  const negate = new CustomPatch<boolean>({ op: (value) => !value });
  expect(await patched({ 'first_1.settings|isNegative': negate })).toEqual([-6.5, -4.5]);
});

it('[P6] several patched scalars see each other’s effects, tensors are patched beside them', async () => {
  const probe = new ProbePatch();
  const record = new RecordPatch();
  const result = await patched({
    'first_0.amount': [new AddPatch({ value: 1 }), record],
    'first_0.output|steps': [probe, new ReplacePatch({ value: 1 })],
    'first_1.add': new ZeroPatch({ slice: '0' }),
  });
  expect(result).toEqual([0, 2.5]);
  expect(await record.activations[0]?.array()).toBe(3);
  expect(await probe.activation?.array()).toBe(6);
  tf.dispose([probe.activation as tf.Tensor, ...record.activations]);
});

it('[P3] [P6] [P8] the module keeps its attributes, and nothing leaks', async () => {
  const input = x();
  const outer = new Outer();
  const pg = new PatchableGraph(outer, [input, settings]);
  const view = pg.patch({ 'first_0.amount': new ReplacePatch({ value: 5 }), 'first_1.x': new ZeroPatch() });
  tf.dispose(view.apply(input, settings));
  const before = tf.memory().numTensors;
  for (let run = 0; run < 20; run += 1) tf.dispose(view.apply(input, settings));
  expect(tf.memory().numTensors).toBe(before);
  expect(outer.first.amount).toBe(2);
  expect(Object.getOwnPropertyDescriptor(outer.first, 'amount')).toMatchObject({ value: 2, writable: true });
  const failing = new CustomPatch<number>({
    op: () => {
      throw new Error('broken');
    },
  });
  expect(() => pg.patch({ 'first_0.amount': failing }).apply(input, settings)).toThrow('broken');
  expect(outer.first.amount).toBe(2);
  expect(await pg.apply(input, settings).array()).toEqual([6.5, 4.5]);
});

it('[P5] [P6] what does not fit a scalar is an error that names the path', () => {
  const input = x();
  const pg = new PatchableGraph(new Outer(), [input, settings]);
  const attempt = (path: string, patch: Patch) => () => pg.patch({ [path]: patch }).apply(input, settings);
  expect(attempt('settings|times', new ZeroPatch({ slice: '0' }))).toThrow(SliceError);
  expect(attempt('settings|times', new ZeroPatch({ slice: '0' }))).toThrow(
    /^At 'settings\|times': .*no axes/,
  );
  expect(attempt('settings|times', new MeanPatch({ dims: [0] }))).toThrow(
    "At 'settings|times': A MeanPatch changes tensors, not a number.",
  );
  expect(attempt('settings|isNegative', new AddPatch({ value: 1 }))).toThrow(
    /changes numbers, not a boolean/,
  );
  expect(attempt('settings|times', new ReplacePatch({ value: 'three' }))).toThrow(
    "At 'settings|times': ReplacePatch gives three where a number is needed.",
  );
  expect(attempt('first_0.x', new ReplacePatch({ value: 'three' }))).toThrow(PatchError);
  expect(attempt('first_0.ignored', new ZeroPatch())).toThrow(NodePathError);
  // With no repetition there is no such operation any more.
  const gone = { 'settings|times': new ZeroPatch(), 'first_0.add_1': new ZeroPatch() };
  expect(() => pg.patch(gone).apply(input, settings)).toThrow(/no node 'first_0\.add_1'/);
});

it('[R2] [P6] a kept run takes patches on scalars, runs anew and composes', async () => {
  const input = x();
  const pg = new PatchableGraph(new Outer(), [input, settings]);
  const before = tf.memory().numTensors;
  const clean = await pg.record([input, settings]);
  const zero = { 'first_1.x': new ZeroPatch({ slice: '1' }) };
  const more = { 'first_0.amount': new ReplacePatch({ value: 1 }) };
  const run = clean.patch(zero).patch(more);
  const view = pg.patch(zero).patch(more);
  expect(await (run.output as tf.Tensor).array()).toEqual(await view.apply(input, settings).array());
  expect(run.changed).toContain('output');
  const kept = await view.record([input, settings]);
  expect(await kept.value('first_1.output|value').array()).toEqual(
    await run.value('first_1.output|value').array(),
  );
  expect(before).toBeLessThan(tf.memory().numTensors);
});

it('[P6] an attribute of a layer, against the formula', async () => {
  const norm = new LayerNorm(3, { eps: 0 });
  const input = tf.tensor2d([[1, 2, 6]]);
  const pg = new PatchableGraph(norm, [input]);
  const result = [
    ...(await pg
      .patch({ eps: new ReplacePatch({ value: 2 }) })
      .apply(input)
      .data()),
  ];
  // Mean 3, variance 14 / 3.
  [-2, -1, 3].forEach((centered, i) => {
    expect(result[i]).toBeCloseTo(centered / Math.sqrt(14 / 3 + 2), 5);
  });
});
