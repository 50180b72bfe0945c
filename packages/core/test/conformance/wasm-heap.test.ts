import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { DeviceLimitError } from '../../src/errors.js';
import { loadPretrained } from '../../src/load/load-pretrained.js';
import { Linear } from '../../src/nn/linear.js';
import { ScalePatch } from '../../src/patch/statistical-patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';

/** Bytes that are taken at once. */
const BLOCK = 2 ** 24;

interface WasmBackend {
  readonly wasm: { readonly HEAPU8: Uint8Array };
  /** Without values memory is taken, but not touched. */
  write(values: null, shape: number[], dtype: string): tf.DataId;
  disposeData(dataId: tf.DataId): boolean;
  numDataIds(): number;
}

const backend = () => tf.engine().backend as unknown as WasmBackend;

/** Takes memory until there is none. */
function fill(bytes: number): tf.DataId[] {
  const taken: tf.DataId[] = [];
  for (;;) {
    try {
      taken.push(backend().write(null, [bytes / 4], 'float32'));
    } catch (error) {
      expect(error).toBeInstanceOf(DeviceLimitError);
      expect((error as Error).message).toMatch(
        /^A float32 tensor of shape \[\d+\] \([\d.]+ MiB\) does not fit in the memory of the WebAssembly backend \(\d+ MiB, of 4096 at most\)\./,
      );
      return taken;
    }
  }
}

describe.runIf(inject('backend') === 'wasm')('the memory of the wasm backend', () => {
  beforeAll(useBackend);

  it('is refused when it is full, which leaves the backend whole', async () => {
    const x = tf.ones([4, 32]);
    const model = new Linear(32, 32);
    const graph = new PatchableGraph(model, [x]);
    const expected = graph.apply(x) as tf.Tensor;
    const before = [tf.memory().numTensors, backend().numDataIds()];
    const taken = fill(BLOCK);
    expect(taken.length).toBeGreaterThan(200);
    const large = () => graph.apply(tf.ones([2 ** 19, 32]));
    expect(() => tf.tidy(() => large())).toThrow(DeviceLimitError);
    const again = graph.patch({ input: new ScalePatch({ factor: 1 }) }).apply(x) as tf.Tensor;
    expect(await again.data()).toEqual(await expected.data());
    again.dispose();
    for (const dataId of taken) backend().disposeData(dataId);
    expect([tf.memory().numTensors, backend().numDataIds()]).toEqual(before);
    const room = tf.tidy(() => large()) as tf.Tensor;
    expect(room.shape).toEqual([2 ** 19, 32]);
    tf.dispose([x, expected, room]);
    graph.dispose();
    model.dispose();
  });

  it('is refused to a model that has too little of it, which leaves nothing behind', async () => {
    const folder = 'public/models/little-world';
    const taken = [...fill(BLOCK), ...fill(2 ** 20)];
    const before = [tf.memory().numTensors, backend().numDataIds()];
    await expect(loadPretrained(folder)).rejects.toThrow(DeviceLimitError);
    expect([tf.memory().numTensors, backend().numDataIds()]).toEqual(before);
    for (const dataId of taken) backend().disposeData(dataId);
    const { model } = await loadPretrained(folder);
    model.dispose();
  });

  it('is refused where the fast path lacks room to pack a matrix', () => {
    const taken = fill(BLOCK);
    // Room for a matrix, but not for a second one.
    for (const dataId of taken.splice(-3)) backend().disposeData(dataId);
    const columns = BLOCK / 2048 / 2;
    const [x, weight] = [tf.ones([1, 2048]), tf.tensor(new Float32Array(2048 * columns), [2048, columns])];
    const message = /^BatchMatMul: A float32 tensor of shape .* does not fit in the memory/;
    expect(() => tf.matMul(x, weight)).toThrow(message);
    for (const dataId of taken) backend().disposeData(dataId);
    const product = tf.matMul(x, weight);
    expect(product.shape).toEqual([1, columns]);
    tf.dispose([x, weight, product]);
  });
});
