import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { beginTensor, writesDone } from '../../src/load/tensor-writer.js';
import { WeightSink } from '../../src/load/weight-sink.js';
import { Sequential } from '../../src/module/containers.js';
import { Embedding } from '../../src/nn/embedding.js';
import { withoutInit } from '../../src/nn/init.js';
import { Linear } from '../../src/nn/linear.js';
import { LayerNorm } from '../../src/nn/norm.js';
import { useBackend } from '../support/backend.js';

beforeAll(useBackend);

/** Bytes that the backend itself has taken; on the cpu backend that is nothing that could be asked for. */
function backendBytes(): number {
  const backend = tf.backend() as { wasm?: { HEAPU8: Uint8Array } };
  return backend.wasm?.HEAPU8.length ?? (tf.memory() as { numBytesInGPU?: number }).numBytesInGPU ?? 0;
}

const range = (length: number, first = 0) => Float32Array.from({ length }, (_, i) => first + i);

describe('modules built without their weights', () => {
  it('take no memory, also where there would not be enough', () => {
    const before = { ...tf.memory() };
    const taken = backendBytes();
    // 40 GB.
    const module = withoutInit(() => new Sequential(new Linear(1e5, 1e5), new LayerNorm(1e9)));
    expect([...module.stateDict().values()].map(({ shape }) => shape)).toEqual([
      [1e5, 1e5],
      [1e5],
      [1e9],
      [1e9],
    ]);
    expect(backendBytes()).toBe(taken);
    module.dispose();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  it('get them in place: the variables stay the same, tied ones one', async () => {
    const before = tf.memory().numTensors;
    const module = withoutInit(() => {
      const embedding = new Embedding(3, 2);
      const head = new Linear(2, 3, { bias: false });
      head.tie(embedding.weight);
      return new Sequential(embedding, head);
    });
    const variable = (module.at(1) as Linear).weight;
    new WeightSink(module).put('0.weight', { shape: [3, 2], dtype: 'float32', values: range(6) });
    expect((module.at(1) as Linear).weight).toBe(variable);
    expect((module.at(0) as Embedding).weight).toBe(variable);
    expect(await variable.data()).toEqual(range(6));
    expect(tf.memory().numTensors).toBe(before + 1);
    const output = tf.tidy(() => module.apply(tf.tensor1d([2, 0], 'int32')) as tf.Tensor);
    expect(await output.array()).toEqual([
      [5, 23, 41],
      [1, 3, 5],
    ]);
    output.dispose();
    module.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('tensors whose numbers come in parts', () => {
  it('are the backend’s own from the start', async () => {
    const before = tf.memory().numTensors;
    const writer = beginTensor([3, 4], 'float32');
    const part = new Float32Array(5);
    for (let at = 0; at < 12; at += 5) {
      part.set(range(Math.min(5, 12 - at), at));
      writer.write(part.subarray(0, 12 - at));
    }
    await writesDone();
    const whole = beginTensor([2], 'int32');
    whole.write(Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
    const empty = beginTensor([0, 3], 'float32').end();
    const [floats, ints] = [writer.end(), whole.end()];
    expect(tf.memory().numTensors).toBe(before + 3);
    expect([floats.shape, floats.dtype, ints.dtype, empty.shape]).toEqual([
      [3, 4],
      'float32',
      'int32',
      [0, 3],
    ]);
    const sum = floats.add(1);
    expect(await sum.data()).toEqual(range(12, 1));
    expect(await floats.data()).toEqual(range(12));
    expect(await ints.data()).toEqual(Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
    tf.dispose([floats, ints, empty, sum]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that are given up leave nothing behind', () => {
    const before = { ...tf.memory() };
    const size = 2 ** 22;
    beginTensor([size], 'float32').abort();
    const taken = backendBytes();
    for (let i = 0; i < 4; i += 1) {
      const writer = beginTensor([size], 'float32');
      writer.write(range(10));
      writer.abort();
    }
    expect(backendBytes()).toBe(taken);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });
});
