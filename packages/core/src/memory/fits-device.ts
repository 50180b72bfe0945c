import * as tf from '@tensorflow/tfjs';
import { maxTensorBytes, mebibytes } from './limits.js';
import { type WasmBackend, wasmBytes } from './wasm-guard.js';

/** What a model takes of a device. */
export interface MemoryNeed {
  /** Bytes of all weights, as they are kept. */
  readonly bytes: number;
  /** The largest tensor; of a weight that is split, its largest part. */
  readonly largest: { readonly name: string; readonly bytes: number };
  /** Bytes of weights `[in, out]` by which inputs are multiplied, as GPT-2's: WebAssembly keeps these a second time, packed. */
  readonly packed: number;
  /** Bytes that runs make. */
  readonly activations: number;
}

/** What a device has, in bytes, as far as a browser tells. */
export interface DeviceRoom {
  readonly backend: string;
  readonly tensor: number;
  /** All that may still be taken, and what it is a part of; null where nobody knows. */
  readonly free: { readonly bytes: number; readonly of: string } | null;
}

export type Verdict = { fits: true } | { fits: false; reason: string; advice: string };

/** The heap of WebAssembly without what stays reserved for kernels. */
const WASM_BYTES = 2 ** 32 - 2 ** 16 - 2 ** 25;
/** From here on a browser may have rounded the device's memory down (https://www.w3.org/TR/device-memory/). */
const ROUNDED_DOWN = 8;

/** What the current backend has room for, next to what it holds. */
export function deviceRoom(): DeviceRoom {
  const backend = tf.getBackend();
  const { deviceMemory = ROUNDED_DOWN } = (globalThis.navigator ?? {}) as { deviceMemory?: number };
  const limits = [
    ...(backend === 'wasm' ? [{ bytes: WASM_BYTES, of: 'the 4 GiB that WebAssembly can address' }] : []),
    ...(deviceMemory < ROUNDED_DOWN
      ? [{ bytes: deviceMemory * 2 ** 30, of: `this device's ${deviceMemory} GiB of memory` }]
      : []),
  ];
  const [least] = limits.sort((a, b) => a.bytes - b.bytes);
  const free =
    least === undefined ? null : { ...least, bytes: Math.max(0, least.bytes - usedBytes(backend)) };
  return { backend, tensor: maxTensorBytes(), free };
}

/** Bytes that tensors take. tfjs's own count has those that share memory several times. */
function usedBytes(name: string): number {
  const { backend } = tf.engine();
  if (name === 'wasm') return wasmBytes(backend as unknown as WasmBackend);
  return (tf.memory() as { numBytesInGPU?: number }).numBytesInGPU ?? 0;
}

/**
 * Whether a model fits, by what is known before anything is put on the device. A GPU does not tell its memory: there only
 * the largest tensor counts, and that it is full shows while weights are put on it, as a `DeviceLimitError` of `settled`.
 */
export function fitsDevice(need: MemoryNeed, room: DeviceRoom = deviceRoom()): Verdict {
  const { largest } = need;
  const advice = adviceFor(room.backend);
  if (largest.bytes > room.tensor) {
    const reason = `'${largest.name}' takes ${mebibytes(largest.bytes)}; one tensor of the ${room.backend} backend may have ${mebibytes(room.tensor)} here.`;
    return { fits: false, reason, advice };
  }
  const total = need.bytes + need.activations + (room.backend === 'wasm' ? need.packed : 0);
  if (room.free === null || total <= room.free.bytes) return { fits: true };
  const reason = `The model takes about ${mebibytes(total)}, its weights ${mebibytes(need.bytes)} of it; ${mebibytes(room.free.bytes)} are free of ${room.free.of}.`;
  return { fits: false, reason, advice };
}

/** Only a GPU computes with smaller weights. */
function adviceFor(backend: string): string {
  return backend === 'webgpu'
    ? "Load it with smaller weights (weights: 'f16' or 'int8'), or take a smaller model."
    : 'Take a smaller model, or a browser with WebGPU, where weights may be smaller.';
}
