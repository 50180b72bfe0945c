import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../test/support/backend.js';
import { goldenJson } from '../../test/support/golden.js';
import { goldenModel } from '../../test/support/models.js';
import { PatchableGraph } from '../patchable/patchable-graph.js';
import { activationBytes, type DeviceRoom, deviceRoom, fitsDevice, type MemoryNeed } from './fits-device.js';

beforeAll(useBackend);

const MIB = 2 ** 20;
const need: MemoryNeed = {
  bytes: 500 * MIB,
  largest: { name: 'wte.weight', bytes: 147 * MIB },
  packed: 320 * MIB,
  activations: 100 * MIB,
};
const gpu: DeviceRoom = { backend: 'webgpu', tensor: 128 * MIB, free: null };
const wasm: DeviceRoom = { backend: 'wasm', tensor: 2047 * MIB, free: { bytes: 4000 * MIB, of: 'the heap' } };

describe('whether a model fits', () => {
  it('on a GPU depends on its largest tensor', () => {
    expect(fitsDevice(need, gpu)).toEqual({
      fits: false,
      reason: "'wte.weight' takes 147 MiB; one tensor of the webgpu backend may have 128 MiB here.",
      advice: "Load it with smaller weights (weights: 'f16' or 'int8'), or take a smaller model.",
    });
    expect(fitsDevice(need, { ...gpu, tensor: 147 * MIB })).toEqual({ fits: true });
  });

  it('in WebAssembly depends on everything together, what is packed twice', () => {
    expect(fitsDevice(need, wasm)).toEqual({ fits: true });
    expect(fitsDevice({ ...need, bytes: 3600 * MIB }, wasm)).toMatchObject({
      fits: false,
      reason: 'The model takes about 4020 MiB, its weights 3600 MiB of it; 4000 MiB are free of the heap.',
    });
    expect(fitsDevice({ ...need, bytes: 3600 * MIB, packed: 0 }, wasm)).toEqual({ fits: true });
  });

  it('on a device with little memory depends on that', () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    Object.defineProperty(globalThis, 'navigator', { value: { deviceMemory: 0.5 }, configurable: true });
    const room = deviceRoom();
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
    expect(room).toMatchObject({ backend: 'cpu', free: { of: "this device's 0.5 GiB of memory" } });
    expect(fitsDevice(need, room)).toMatchObject({ fits: false });
    expect(fitsDevice({ ...need, bytes: 100 * MIB }, room)).toEqual({ fits: true });
    expect(deviceRoom().free).toBe(null);
  });
});

it.each(['gpt2-tiny', 'llama-tiny'])('the estimate for a kept run of %s is close', async (name) => {
  const { model } = await goldenModel(name);
  const config = await goldenJson<Record<string, number>>(`${name}/config.json`);
  const first = (...keys: string[]) =>
    keys.map((key) => config[key]).find((value) => value != null) as number;
  const hidden = first('hidden_size', 'n_embd');
  const sizes = {
    layers: first('num_hidden_layers', 'n_layer'),
    hidden,
    intermediate: first('intermediate_size', 'n_inner') ?? 4 * hidden,
    heads: first('num_attention_heads', 'n_head'),
    vocabulary: first('vocab_size'),
  };
  const weights = new Set([...model.stateDict().values()].map(({ dataId }) => dataId));
  for (const tokens of [3, 16]) {
    const ids = tf.zeros<tf.Rank.R2>([1, tokens], 'int32');
    const graph = new PatchableGraph(model, [ids]);
    const run = await graph.record([ids]);
    const sizeOf = new Map<object, number>();
    for (const [path, { structure }] of run.index.byPath) {
      if (structure?.kind !== 'tensor') continue;
      const { dataId, size } = run.value(path);
      if (!weights.has(dataId)) sizeOf.set(dataId, 4 * size);
    }
    const bytes = [...sizeOf.values()].reduce((sum, each) => sum + each, 0);
    const ratio = activationBytes(sizes, tokens) / bytes;
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.8);
    for (const each of [run, graph, ids]) each.dispose();
  }
  model.dispose();
});
