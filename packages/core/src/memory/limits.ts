import * as tf from '@tensorflow/tfjs';
import { DeviceLimitError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';

/** The most that one allocation on the WebAssembly heap may take: its allocator asks for less than half of the 4 GiB. */
const WASM_TENSOR_BYTES = 2 ** 31 - 2 ** 16;

/** What a WebGPU device says of itself, as far as a tensor's size goes. */
interface DeviceLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

let assumed: number | null = null;

/**
 * Bytes of the largest tensor that the current backend can hold and compute with. On WebGPU a tensor is one buffer, bound
 * whole, so that the device's buffer and binding sizes bound it; a larger one would silently hold garbage.
 */
export function maxTensorBytes(): number {
  if (assumed !== null) return assumed;
  if (tf.getBackend() === 'wasm') return WASM_TENSOR_BYTES;
  const { device } = tf.engine().backend as { device?: { limits: DeviceLimits } };
  if (device === undefined) return Number.POSITIVE_INFINITY;
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  return Math.min(maxBufferSize, maxStorageBufferBindingSize);
}

/** Assumes another limit than the backend's, for tests of what happens at it; `null` takes it back. */
export function assumeMaxTensorBytes(bytes: number | null): void {
  assumed = bytes;
}

/** Bytes of a tensor on the backends with limits, which keep everything but wasm's booleans in four bytes. */
export function tensorBytes({ shape, dtype }: TensorInfo): number {
  const each = tf.getBackend() === 'wasm' ? tf.util.bytesPerElement(dtype as tf.DataType) : 4;
  return tf.util.sizeFromShape([...shape]) * each;
}

/** Refuses a tensor that the current backend cannot hold, before it is made. @throws DeviceLimitError */
export function checkTensor(info: TensorInfo): void {
  const bytes = tensorBytes(info);
  const limit = maxTensorBytes();
  if (bytes <= limit) return;
  throw new DeviceLimitError(
    `${inWords(info)} is too large: one tensor of the ${tf.getBackend()} backend may have ${mebibytes(limit)} here. ${ADVICE}`,
  );
}

/** What helps against a tensor or a model that is too large. */
export const ADVICE =
  "Shorten the prompt, load the model with smaller weights (weights: 'int8'), or use another backend.";

/** `A float32 tensor of shape [2, 3] (0.1 MiB)`. */
export function inWords(info: TensorInfo): string {
  return `A ${info.dtype} tensor of shape [${info.shape.join(', ')}] (${mebibytes(tensorBytes(info))})`;
}

/** `12.5 MiB`. */
export function mebibytes(bytes: number): string {
  const size = bytes / 2 ** 20;
  return `${size < 100 ? size.toFixed(1) : Math.round(size)} MiB`;
}
