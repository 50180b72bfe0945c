import * as tf from '@tensorflow/tfjs';
import { BackendError } from '../errors.js';
import { guardBackend } from '../memory/guard.js';
import type { BackendInfo, BackendName } from './protocol.js';

/** Where the WebAssembly backend's files are served, by file name. */
export type WasmFiles = Readonly<Record<string, string>>;

const ORDER: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];

/**
 * Starts the first backend that works: WebGPU, else WebAssembly, else cpu.
 * @throws BackendError if none does
 */
export async function startBackend(wasmFiles: WasmFiles, prefer?: BackendName): Promise<BackendInfo> {
  const order = prefer === undefined ? ORDER : [prefer, ...ORDER.filter((name) => name !== prefer)];
  const failures: string[] = [];
  for (const name of order) {
    try {
      const adapter = await STARTERS[name](wasmFiles);
      return { name, adapter, reason: reasonFor(name, prefer, failures) };
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new BackendError(`No backend could be started. ${failures.join(' · ')}`);
}

const STARTERS: Record<BackendName, (wasmFiles: WasmFiles) => Promise<string | null>> = {
  async webgpu() {
    const gpu = (globalThis.navigator as Navigator & { gpu?: GPU }).gpu;
    if (gpu === undefined) throw new Error('this browser offers no WebGPU');
    const adapter = await gpu.requestAdapter();
    if (adapter === null) throw new Error('there is no GPU that the browser may use');
    await import('@tensorflow/tfjs-backend-webgpu');
    // Small tensors would otherwise be computed on the CPU at first and on the GPU later.
    tf.env().set('WEBGPU_CPU_FORWARD', false);
    await select('webgpu');
    const { vendor, architecture, description } = adapter.info;
    return description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  },
  async wasm(wasmFiles) {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    // One thread: several were between 1.4 times faster and 2 times slower, and sums would vary.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths({ ...wasmFiles });
    await select('wasm');
    return null;
  },
  async cpu() {
    await select('cpu');
    return null;
  },
};

async function select(name: BackendName): Promise<void> {
  const started = await tf.setBackend(name);
  if (!started || tf.getBackend() !== name) throw new Error('it did not start');
  await tf.ready();
  guardBackend();
}

function reasonFor(name: BackendName, prefer: BackendName | undefined, failures: readonly string[]): string {
  if (name === prefer) return 'It was asked for.';
  if (failures.length === 0) return 'It is the fastest that this browser offers.';
  return `The faster ones did not start: ${failures.join('; ')}.`;
}
