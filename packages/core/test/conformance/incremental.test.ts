import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, inject, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { Sequential } from '../../src/module/containers.js';
import { LayerNorm } from '../../src/nn/norm.js';
import type { Patch } from '../../src/patch/patch.js';
import { AddPatch, CustomPatch, ProbePatch, ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { ScalePatch } from '../../src/patch/statistical-patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import type { RecordedRun } from '../../src/patchable/recorded-run.js';
import { useBackend } from '../support/backend.js';
import { RandomModel, randomNumbers } from '../support/random-model.js';
import { counting, ToyModel } from '../support/toy-models.js';

beforeAll(useBackend);

const MODELS = 25;
/** WebGPU sums in varying order; elsewhere results are equal bit by bit. */
const TOLERANCE = inject('backend') === 'webgpu' ? 1e-3 : 0;

it('[R2] patches on a patched run compose as on a view, also upstream of earlier ones', async () => {
  const x = counting(3, 2) as tf.Tensor2D;
  const pg = new PatchableGraph(new ToyModel(), [x]);
  const clean = await pg.record([x]);
  const add = { 'linear.matMul': new AddPatch({ value: 100 }), output: new AddPatch({ value: 1 }) };
  const then = { x: new ZeroPatch(), output: new ScalePatch({ factor: 2 }) };
  const once = clean.patch({ output: new AddPatch({ value: 1 }) });
  const twice = once.patch({ output: new ScalePatch({ factor: 2 }) });
  expect(await (twice.output as tf.Tensor).array()).toEqual(
    await (clean.output as tf.Tensor).add(1).mul(2).array(),
  );
  const patched = clean.patch(add).patch(then).output as tf.Tensor;
  expect(await patched.array()).toEqual(await pg.patch(add).patch(then).apply(x).array());
});

it('[R2] a disposed run is refused in words, also under a run that was patched from it', async () => {
  const x = counting(3, 2) as tf.Tensor2D;
  const clean = await new PatchableGraph(new ToyModel(), [x]).record([x]);
  const patched = clean.patch({ output: new ZeroPatch() });
  clean.dispose();
  expect(() => clean.value('x')).toThrow(InputError);
  expect(() => clean.patch({})).toThrow(/is disposed; record the inputs again/);
  expect(() => patched.value('x')).toThrow(/is disposed/);
  patched.dispose();
});

it('[T2] [T3] [R2] [R3] [P8] random models: full, incremental and batched runs agree, nothing leaks', async () => {
  for (let seed = 1; seed <= MODELS; seed += 1) {
    const random = randomNumbers(seed);
    const module = new RandomModel(random, 2);
    const x = tf.tensor2d(Array.from({ length: 6 }, random), [2, RandomModel.width]);
    const longer = tf.concat([x, x.neg()]);
    const classesToSkipCompiling = seed % 3 === 0 ? [LayerNorm, Sequential] : [];
    const pg = new PatchableGraph(module, [x, x], { classesToSkipCompiling });
    for (const input of [x, longer]) {
      const [expected, actual] = [module.apply(input, x), pg.apply(input, x)].map(({ z }) => z);
      await expectClose(actual, expected, `seed ${seed}`);
      tf.dispose(actual);
    }
    const first = await pg.record([x, x]);
    tf.dispose(await first.runVariants([{}, {}], { pick: zOf }));
    first.dispose();
    const before = tf.memory().numTensors;
    const clean = await pg.record([x, x]);
    const paths = pg.match('**').filter((path) => isMatrix(clean.index.byPath.get(path)?.structure, clean));
    for (let round = 0; round < 4; round += 1) {
      const maps = Array.from({ length: 3 }, () => ({
        [pickFrom(paths, random)]: randomPatch(random),
        [pickFrom(paths, random)]: randomPatch(random),
      }));
      const runs: RecordedRun[] = [clean];
      for (const map of maps) runs.push((runs.at(-1) as RecordedRun).patch(map));
      const view = maps.reduce((made, map) => made.patch(map), pg.patch({}));
      const full = view.apply(x, x);
      const label = `seed ${seed}, ${maps.map((map) => Object.keys(map).join(' & ')).join(', then ')}`;
      const last = runs.at(-1) as RecordedRun;
      await expectClose((last.output as typeof full).z, full.z, label);
      for (const run of runs.slice(1)) run.dispose();
      const batched = await clean.runVariants(maps, { pick: zOf });
      for (const [i, map] of maps.entries()) {
        const alone = pg.patch(map).apply(x, x);
        await expectClose(batched[i], alone.z, `${label}, variant ${i}`);
        tf.dispose(alone as object as tf.TensorContainer);
      }
      tf.dispose(batched);
      for (const patch of maps.flatMap(Object.values)) if (patch instanceof ProbePatch) patch.dispose();
      tf.dispose(full as { z: tf.Tensor; others: tf.Tensor[] });
    }
    clean.dispose();
    expect(tf.memory().numTensors, `seed ${seed}`).toBe(before);
    pg.dispose();
    module.dispose();
  }
});

const zOf = (output: unknown) => (output as ReturnType<RandomModel['forward']>).z;

function isMatrix(
  structure: { kind: string; value?: unknown } | null | undefined,
  run: RecordedRun,
): boolean {
  if (structure?.kind !== 'tensor') return false;
  const info = run.index.graph.values[structure.value as number];
  return info?.dtype === 'float32' && info.shape.length === 2;
}

function pickFrom(items: readonly string[], random: () => number): string {
  return items[Math.floor(random() * items.length)] as string;
}

function randomPatch(random: () => number): Patch {
  const make = [
    () => new ZeroPatch({ slice: '0' }),
    () => new AddPatch({ value: 0.3 }),
    () => new ScalePatch({ factor: 1.5 }),
    () => new ReplacePatch({ value: 0.2, slice: '..., -1' }),
    () => new CustomPatch({ op: (value) => value.neg() }),
    () => new ProbePatch(),
  ];
  return (make[Math.floor(random() * make.length)] as () => Patch)();
}

async function expectClose(
  actual: tf.Tensor | undefined,
  expected: tf.Tensor | undefined,
  label: string,
): Promise<void> {
  const [found, wanted] = [await actual?.data(), await expected?.data()];
  expect(found?.length, label).toBe(wanted?.length);
  found?.forEach((value, i) => {
    if (Object.is(value, wanted?.[i])) return;
    expect(Math.abs(value - (wanted?.[i] as number)), label).toBeLessThanOrEqual(TOLERANCE);
  });
}
