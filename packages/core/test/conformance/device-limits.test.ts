import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { DeviceLimitError, InputError } from '../../src/errors.js';
import { settled } from '../../src/memory/gpu-errors.js';
import { assumeMaxTensorBytes, maxTensorBytes } from '../../src/memory/limits.js';
import { Module } from '../../src/module/module.js';
import { named } from '../../src/module/tensors.js';
import { Embedding } from '../../src/nn/embedding.js';
import { ScalePatch } from '../../src/patch/statistical-patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';

beforeAll(useBackend);
afterEach(() => assumeMaxTensorBytes(null));

/** Attention without weights: `x` `[batch, n, 4]` → `[batch, n, 4]` by way of `[batch, n, n]`. */
class Mix extends Module {
  static override readonly inputs = ['x'];
  forward(x: tf.Tensor3D): tf.Tensor {
    const scores = named('scores', tf.matMul(x, x, false, true));
    return tf.matMul(scores.softmax(), x);
  }
}

class Model extends Module {
  static override readonly inputs = ['x'];
  readonly mix = new Mix();
  forward(x: tf.Tensor3D): tf.Tensor {
    return this.mix.apply(x.mul(0.5));
  }
}

const LIMIT = 2 ** 19;
/** For `scores` of 1 KiB, and of 1 MiB. */
const small = () => tf.randomNormal([1, 16, 4], 0, 1, 'float32', 1) as tf.Tensor3D;
const large = () => tf.randomNormal([1, 512, 4], 0, 1, 'float32', 1) as tf.Tensor3D;
const tooLarge = /float32 tensor of shape \[1, 512, 512\] \(1\.0 MiB\) is too large: .* 0\.5 MiB/;

/** Tensors, and what the backend keeps of them. */
function held(): number[] {
  return [tf.memory().numTensors, tf.engine().backend.numDataIds()];
}

/** The error of something that must be refused and leave nothing behind. */
async function refused(run: () => unknown): Promise<string> {
  const before = held();
  const error = await Promise.resolve()
    .then(run)
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(DeviceLimitError);
  expect(held()).toEqual(before);
  return (error as Error).message;
}

async function expectSame(actual: tf.Tensor, expected: tf.Tensor): Promise<void> {
  const [found, wanted] = [await actual.data(), await expected.data()];
  const tolerance = inject('backend') === 'webgpu' ? 1e-4 : 0;
  const worst = Math.max(...Array.from(found, (value, i) => Math.abs(value - (wanted[i] as number))));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

it.runIf(inject('backend') === 'cpu')('the cpu has no limit', () => {
  expect(maxTensorBytes()).toBe(Number.POSITIVE_INFINITY);
});

describe.runIf(inject('backend') !== 'cpu')('a tensor that the backend cannot hold is refused', () => {
  it('by modules, traces and runs, which say what and where it is and work again afterwards', async () => {
    const [fits, exceeds] = [small(), large()];
    const model = new Model();
    const graph = new PatchableGraph(model, [fits]);
    // Traced while there was room.
    const expected = graph.apply(fits);
    tf.dispose(graph.apply(exceeds));
    assumeMaxTensorBytes(LIMIT);
    expect(await refused(() => tf.tidy(() => model.apply(exceeds)))).toMatch(tooLarge);
    expect(await refused(() => new PatchableGraph(model, [exceeds]))).toMatch(tooLarge);
    const at = (message: string) => expect(message).toMatch(/^At mix\.scores: A /);
    at(await refused(() => graph.apply(exceeds)));
    at(await refused(() => graph.patch({ x: new ScalePatch({ factor: 2 }) }).apply(exceeds)));
    at(await refused(() => graph.record([exceeds])));
    const again = graph.apply(fits);
    await expectSame(again, expected);
    tf.dispose([fits, exceeds, expected, again]);
    graph.dispose();
  });

  it('by patched runs of a kept one, whose variants come in batches that fit', async () => {
    const [fits, exceeds] = [small(), large()];
    const graph = new PatchableGraph(new Model(), [fits]);
    const [run, wide] = [await graph.record([fits]), await graph.record([exceeds])];
    const scaled = (factor: number) => ({ x: new ScalePatch({ factor }) });
    const alone = run.patch(scaled(3));
    assumeMaxTensorBytes(LIMIT);
    expect(await refused(() => wide.patch(scaled(2)))).toMatch(/^At mix\.scores: /);
    expect(await refused(() => wide.runVariants([scaled(2), scaled(3)]))).toMatch(/^At mix\.scores: /);
    const maps = Array.from({ length: 600 }, () => scaled(3));
    const variants = (await run.runVariants(maps, { maxBytes: 2 ** 30 })) as tf.Tensor[];
    const [first, last] = [variants[0] as tf.Tensor, variants.at(-1) as tf.Tensor];
    await expectSame(first, alone.output as tf.Tensor);
    await expectSame(last, alone.output as tf.Tensor);
    tf.dispose([fits, exceeds, variants]);
    for (const each of [alone, run, wide]) each.dispose();
    graph.dispose();
  });

  it('where it is put on the device', async () => {
    assumeMaxTensorBytes(LIMIT);
    const values = new Float32Array(LIMIT);
    const put = () => tf.tidy(() => tf.tensor(values).add(1).dispose());
    expect(await refused(put)).toMatch(/shape \[524288\] \(2\.0 MiB\) is too large/);
  });
});

it.runIf(inject('backend') === 'webgpu')('a GPU without memory left makes the run fail', async () => {
  // As large as a buffer may be, which is more than the tests' GPU has.
  const huge = tf.fill([maxTensorBytes() / 4], 1);
  await expect(settled()).rejects.toThrow(/^The GPU has too little memory left/);
  huge.dispose();
  await settled();
});

it('token ids outside of the vocabulary are refused before anything is computed', async () => {
  const embedding = new Embedding(10, 2);
  const before = held();
  for (const id of [10, -1]) {
    const ids = tf.tensor2d([[1, id]], [1, 2], 'int32');
    expect(() => tf.tidy(() => embedding.apply(ids))).toThrow(InputError);
    expect(() => new PatchableGraph(embedding, [ids])).toThrow(/Index -?1\d? is out of range: there are 10/);
    ids.dispose();
  }
  expect(held()).toEqual(before);
  const ids = tf.tensor2d([[1, 9]], [1, 2], 'int32');
  const rows = embedding.apply(ids);
  expect(rows.shape).toEqual([1, 2, 2]);
  tf.dispose([ids, rows]);
  embedding.dispose();
});
