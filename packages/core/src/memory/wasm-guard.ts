import type { DataId, DataType } from '@tensorflow/tfjs';
import { DeviceLimitError } from '../errors.js';
import { ADVICE, checkTensor, inWords } from './limits.js';

/** The parts of tfjs's WebAssembly backend that are guarded; its class is known only where it is loaded. */
export interface WasmBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    /** The address of new memory, signed; 0 where there is none. */
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  move(dataId: DataId, values: unknown, shape: number[], dtype: DataType, refCount: number): void;
}

/** Kernels need some memory of their own, and abort the whole module where it is missing. */
const RESERVE = 2 ** 25;

/** After so many bytes it is looked whether the reserve is still there. */
const UNCHECKED = 2 ** 20;

/** Sizes of what tensors have on the heap, by address. */
const taken = new WeakMap<WasmBackend, Map<number, number>>();

/** Bytes that the tensors of a guarded backend take; what kernels keep for themselves is not told. */
export function wasmBytes(backend: WasmBackend): number {
  return [...(taken.get(backend)?.values() ?? [])].reduce((sum, bytes) => sum + bytes, 0);
}

/** tfjs writes to address 0, over its own data, where the heap is full: refuses such tensors. */
export function guardWasm(backend: WasmBackend): void {
  const { wasm, move } = backend;
  // Both put what they stand for in their own place when they are called first.
  wasm._free(wasm._malloc(1));
  const { _malloc: malloc, _free: free } = wasm;
  const sizes = new Map<number, number>();
  taken.set(backend, sizes);
  let unchecked = 0;
  const leavesReserve = () => {
    const address = malloc(RESERVE);
    if (address !== 0) free(address);
    return address !== 0;
  };
  wasm._malloc = (bytes) => {
    const address = malloc(bytes);
    unchecked += bytes;
    if (address !== 0 && (unchecked < UNCHECKED || leavesReserve())) {
      if (unchecked >= UNCHECKED) unchecked = 0;
      sizes.set(address >>> 0, bytes);
      return address;
    }
    if (address !== 0) free(address);
    throw new HeapFull();
  };
  wasm._free = (address) => {
    sizes.delete(address >>> 0);
    free(address);
  };
  backend.move = (dataId, values, shape, dtype, refCount) => {
    if (dtype !== 'string') checkTensor({ shape, dtype });
    try {
      move.call(backend, dataId, values, shape, dtype, refCount);
    } catch (error) {
      if (!(error instanceof HeapFull)) throw error;
      const heap = `${Math.round(wasm.HEAPU8.length / 2 ** 20)} MiB, of 4096 at most`;
      throw new DeviceLimitError(
        `${inWords({ shape, dtype })} does not fit in the memory of the WebAssembly backend (${heap}). ${ADVICE}`,
      );
    }
  };
}

class HeapFull extends Error {}
