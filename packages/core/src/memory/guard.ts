import * as tf from '@tensorflow/tfjs';
import { BackendError, DeviceLimitError } from '../errors.js';
import { checkIndices } from './indices.js';
import { tensorsIn } from './tensors-in.js';
import { guardWasm, type WasmBackend } from './wasm-guard.js';
import { guardWebGpu, type WebGpuBackend } from './webgpu-guard.js';

type Engine = ReturnType<typeof tf.engine>;
type RunKernel = Engine['runKernel'];

/** What of any tfjs backend undoing a kernel needs. */
interface Backend {
  write(values: unknown, shape: number[], dtype: tf.DataType): tf.DataId;
  refCount(dataId: tf.DataId): number;
  disposeData(dataId: tf.DataId, force?: boolean): boolean;
}

/** What the kernel that is running has made, to be undone if it fails. */
interface Guard {
  depth: number;
  readonly made: tf.DataId[];
}

const guards = new WeakMap<object, Guard | null>();
const preparations = new Map<string, (() => void)[]>();
/** Names of backends for which everything is done. */
const prepared = new Set<string>();
let isInstalled = false;

/**
 * Watches all kernels from now on: on WebGPU and WebAssembly a tensor that cannot be held is an error instead of garbage,
 * and a kernel that fails leaves nothing behind. Modules and graphs see to this themselves.
 */
export function guardKernels(): void {
  if (isInstalled) return;
  isInstalled = true;
  const engine = tf.engine();
  const original = engine.runKernel;
  engine.runKernel = ((kernel, inputs, attrs) => {
    const run = () => original.call(engine, kernel, inputs, attrs);
    const guard = guardBackend();
    if (kernel === tf.GatherV2) checkIndices(inputs, attrs);
    return guard === null || guard.depth > 0 ? run() : guarded(kernel, inputs, guard, run);
  }) as RunKernel;
}

/** Has something done for a backend whose kernels are registered, before its next kernel runs. */
export function prepareBackend(name: string, prepare: () => void): void {
  if (prepared.has(name)) prepare();
  else preparations.set(name, [...(preparations.get(name) ?? []), prepare]);
}

/** Guards the current backend, where that is not done yet. Null for one without limits. */
export function guardBackend(): Guard | null {
  const { backend } = tf.engine();
  let guard = guards.get(backend);
  if (guard === undefined) {
    guard = install(backend as unknown as Backend);
    guards.set(backend, guard);
  }
  return guard;
}

function install(backend: Backend): Guard | null {
  const name = tf.getBackend();
  for (const prepare of preparations.get(name) ?? []) prepare();
  preparations.delete(name);
  prepared.add(name);
  if (name === 'webgpu') guardWebGpu(backend as unknown as WebGpuBackend);
  else if (name === 'wasm') guardWasm(backend as unknown as WasmBackend);
  else return null;
  const guard: Guard = { depth: 0, made: [] };
  const { write } = backend;
  backend.write = (values, shape, dtype) => {
    const dataId = write.call(backend, values, shape, dtype);
    if (guard.depth > 0) guard.made.push(dataId);
    return dataId;
  };
  return guard;
}

function guarded<T>(kernel: string, inputs: tf.NamedTensorMap, guard: Guard, run: () => T): T {
  const backend = tf.engine().backend as unknown as Backend;
  const held = tensorsIn(inputs).map(({ dataId }) => ({ dataId, count: backend.refCount(dataId) }));
  guard.made.length = 0;
  guard.depth += 1;
  try {
    return run();
  } catch (error) {
    const { tensorInfo } = tf.engine().state;
    for (const dataId of guard.made) if (!tensorInfo.has(dataId)) backend.disposeData(dataId, true);
    for (const { dataId, count } of held) {
      // What was on another backend has come to this one meanwhile, to stay.
      while (count > 0 && backend.refCount(dataId) > count) backend.disposeData(dataId);
    }
    throw inKernel(kernel, error);
  } finally {
    guard.depth -= 1;
  }
}

function inKernel(kernel: string, error: unknown): unknown {
  if (error instanceof DeviceLimitError) return error.at(kernel);
  if (error instanceof WebAssembly.RuntimeError)
    return new BackendError(
      `The WebAssembly backend broke down in ${kernel} and has to be started anew: ${error.message}`,
    );
  return error;
}
