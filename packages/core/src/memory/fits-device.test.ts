import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../test/support/backend.js';
import { type DeviceRoom, deviceRoom, fitsDevice, type MemoryNeed } from './fits-device.js';

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
