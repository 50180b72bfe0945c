import type { DataId, TensorInfo } from '@tensorflow/tfjs';
import { type FreedBuffers, takeBackFreed } from './freed-buffers.js';
import { type GpuWatch, watchGpu } from './gpu-errors.js';
import { checkTensor } from './limits.js';

interface StoredData {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Numbers that are not on the GPU yet, or were read back. */
  readonly values: ArrayLike<number> | null;
  readonly resource?: unknown;
}

interface Program {
  outputShape: number[];
  /** Whether a program for two operands reads one of them as a short vector. */
  readonly useSharedMemoryWithA?: boolean;
  readonly useSharedMemoryWithB?: boolean;
}

/** The parts of tfjs's WebGPU backend that are guarded; its class is known only where it is loaded. */
export interface WebGpuBackend extends FreedBuffers {
  readonly device: GPUDevice;
  readonly commandEncoder: unknown;
  readonly tensorMap: { get(dataId: DataId): StoredData };
  endComputePassEncoder(): void;
  submitQueue(): void;
  uploadToGPU(dataId: DataId): void;
  read(dataId: DataId): Promise<unknown>;
  runWebGPUProgram(program: Program, inputs: TensorInfo[], ...rest: unknown[]): TensorInfo;
}

/**
 * Keeps a WebGPU backend from silent garbage: refuses buffers beyond the device's limits, makes reading fail where the GPU
 * did, and computes with short vectors and many axes, for which tfjs's own program does not compile.
 */
export function guardWebGpu(backend: WebGpuBackend): void {
  const watch = watchGpu(backend);
  guardUploads(backend, watch);
  const { read } = backend;
  backend.read = (dataId) => watch.after(() => read.call(backend, dataId));
  flattenShortVectors(backend);
}

/** Every buffer of a tensor, one that is written or one that a program fills, begins here. */
function guardUploads(backend: WebGpuBackend, watch: GpuWatch): void {
  const { uploadToGPU } = backend;
  backend.uploadToGPU = (dataId) => {
    const data = backend.tensorMap.get(dataId);
    if (data.resource == null) {
      watch.checkAlive();
      checkTensor(data);
      takeBackFreed(backend);
    }
    uploadToGPU.call(backend, dataId);
  };
}

/** tfjs indexes coordinates of five and more axes like a vector, which WGSL lacks: two axes do the same. */
function flattenShortVectors(backend: WebGpuBackend): void {
  const { runWebGPUProgram } = backend;
  backend.runWebGPUProgram = (program, inputs, ...rest) => {
    const shape = program.outputShape;
    const hasVector = program.useSharedMemoryWithA === true || program.useSharedMemoryWithB === true;
    if (!hasVector || shape.length < 5) return runWebGPUProgram.call(backend, program, inputs, ...rest);
    program.outputShape = asMatrix(shape);
    const flat = inputs.map((input) =>
      input.shape.length < 2 ? input : { ...input, shape: asMatrix(input.shape) },
    );
    return { ...runWebGPUProgram.call(backend, program, flat, ...rest), shape };
  };
}

function asMatrix(shape: readonly number[]): number[] {
  const columns = shape.at(-1) ?? 1;
  return [shape.reduce((size, length) => size * length, 1) / (columns || 1), columns];
}
