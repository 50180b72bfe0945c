import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BackendError, DeviceLimitError } from '../../src/errors.js';
import { onGpuLost, settled, settling } from '../../src/memory/gpu-errors.js';
import { maxTensorBytes } from '../../src/memory/limits.js';
import { Module } from '../../src/module/module.js';
import { ScalePatch } from '../../src/patch/statistical-patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';

/** A kernel whose program the GPU does not compile. */
const BROKEN = 'PatchbayTestBroken';

class Broken extends Module {
  static override readonly inputs = ['x'];
  forward(x: tf.Tensor): tf.Tensor {
    return tf.engine().runKernel(BROKEN, { x: x.add(1) }) as tf.Tensor;
  }
}

class Double extends Module {
  static override readonly inputs = ['x'];
  forward(x: tf.Tensor): tf.Tensor {
    return x.mul(2);
  }
}

/** Products of all rows: `[n, 1]` → `[n, n]`. */
class Products extends Module {
  static override readonly inputs = ['x'];
  forward(x: tf.Tensor2D): tf.Tensor {
    return tf.matMul(x, x, false, true);
  }
}

let device: GPUDevice;

/** A backend on a device with the limits that every browser has: 128 MiB may be bound at once. */
async function useSmallDevice(): Promise<void> {
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  const adapter = (await navigator.gpu.requestAdapter()) as GPUAdapter;
  device = await adapter.requestDevice();
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  await tf.setBackend('webgpu');
  tf.registerKernel({
    kernelName: BROKEN,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend }) => {
      const { x } = inputs as { x: tf.Tensor };
      const program = {
        outputShape: x.shape,
        variableNames: ['x'],
        dispatchLayout: { x: [0] },
        dispatch: [1, 1, 1] as [number, number, number],
        workgroupSize: [64, 1, 1] as [number, number, number],
        shaderKey: 'broken',
        getUserCode: () => 'this is no WGSL',
      };
      const { runWebGPUProgram } = backend as InstanceType<typeof WebGPUBackend>;
      return runWebGPUProgram.call(backend, program, [x], 'float32');
    },
  });
}

function held(): number[] {
  return [tf.memory().numTensors, tf.engine().backend.numDataIds()];
}

async function expectWorks(): Promise<void> {
  const x = tf.tensor1d([1, 2, 3]);
  const graph = new PatchableGraph(new Double(), [x]);
  const run = await graph.record([x]);
  const patched = run.patch({ x: new ScalePatch({ factor: 10 }) });
  expect(await (patched.output as tf.Tensor).array()).toEqual([20, 40, 60]);
  for (const each of [patched, run, graph, x]) each.dispose();
}

describe.runIf(inject('backend') === 'webgpu')('a GPU', () => {
  beforeAll(useSmallDevice);
  afterAll(() => tf.unregisterKernel(BROKEN, 'webgpu'));

  it('with little room refuses what is larger, computed or uploaded', async () => {
    expect(maxTensorBytes()).toBe(2 ** 27);
    await expectWorks();
    const before = held();
    const x = tf.ones<tf.Rank.R2>([8192, 1]);
    const module = new Products();
    expect(() => tf.tidy(() => module.apply(x))).toThrow(
      /^BatchMatMul: A float32 tensor of shape \[1, 8192, 8192\] \(256 MiB\) is too large: one .* 128 MiB here\./,
    );
    expect(() => new PatchableGraph(module, [x])).toThrow(DeviceLimitError);
    const huge = tf.tensor(new Float32Array(2 ** 25 + 1));
    expect(() => huge.sum()).toThrow(/shape \[33554433\] \(128 MiB\) is too large/);
    tf.dispose([x, huge]);
    expect(held()).toEqual(before);
    await settled();
    await expectWorks();
  });

  it('that refuses a part of a run makes that run fail, and later ones work', async () => {
    const x = tf.ones([4]);
    const module = new Broken();
    const before = held();
    const result = tf.tidy(() => module.apply(x));
    await expect(result.data()).rejects.toThrow(BackendError);
    result.dispose();
    const graph = new PatchableGraph(module, [x]);
    await expect(settled()).rejects.toThrow(/refused a part of this run/);
    await expect(graph.record([x])).rejects.toThrow(BackendError);
    const both = [graph.apply(x), graph.apply(x)];
    const reads = await Promise.allSettled(both.map((each) => each.data()));
    expect(reads.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expectWorks();
    tf.dispose(both);
    graph.dispose();
    expect(held()).toEqual(before);
    x.dispose();
  });

  it('makes what it refused known to long work, also where others were told of it first', async () => {
    const x = tf.ones([4]);
    const module = new Broken();
    const done = settling();
    const result = tf.tidy(() => module.apply(x));
    await expect(settled()).rejects.toThrow(BackendError);
    await settled();
    await expect(done()).rejects.toThrow(BackendError);
    await settled();
    await settling()();
    tf.dispose([x, result]);
  });

  it('computes with short vectors and many axes', async () => {
    const x = tf.range(0, 2 * 3 * 4).reshape([1, 2, 1, 3, 4]);
    const y = tf.tensor1d([1, 10, 100, 1000]);
    const sum = x.mul(y);
    const expected = Array.from({ length: 24 }, (_, i) => i * 10 ** (i % 4));
    expect([...(await sum.data())]).toEqual(expected);
    expect(sum.shape).toEqual([1, 2, 1, 3, 4]);
    tf.dispose([x, y, sum]);
  });

  it('that is lost makes everything fail', async () => {
    const x = tf.ones([4]);
    await x.add(1).data();
    const told = new Promise<BackendError>((resolve) => onGpuLost(resolve));
    const reading = expect(x.add(2).data()).rejects.toThrow(BackendError);
    device.destroy();
    await reading;
    expect((await told).message).toMatch(/The GPU was lost/);
    expect(() => x.add(3)).toThrow(BackendError);
    await expect(settled()).rejects.toThrow(BackendError);
    tf.disposeVariables();
  });
});
