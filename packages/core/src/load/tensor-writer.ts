import * as tf from '@tensorflow/tfjs';
import { settled } from '../memory/gpu-errors.js';
import { guardBackend } from '../memory/guard.js';

/** Numbers of a tensor, of the type that its dtype has on the host. */
export type Numbers = Float32Array | Int32Array;

/** Takes the numbers of a tensor in row-major order, in as many parts as they come. */
export interface TensorWriter {
  /** The next numbers. They are copied: the caller may reuse `values`. */
  write(values: Numbers): void;
  /** The tensor, which is the caller's. All its numbers must have been written. */
  end(): tf.Tensor;
  /** Frees what has been written. */
  abort(): void;
}

/** What this needs of tfjs's WebAssembly backend. */
interface WasmBackend extends tf.KernelBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Numbers;
}

/** What this needs of tfjs's WebGPU backend. */
interface WebGPUBackend extends tf.KernelBackend {
  queue: {
    writeBuffer(buffer: object, offset: number, values: Numbers): void;
    onSubmittedWorkDone(): Promise<void>;
  };
  tensorMap: { get(dataId: tf.DataId): { resource: object } };
  makeTensorInfo(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  uploadToGPU(dataId: tf.DataId): void;
}

const BEGIN: Readonly<Record<string, typeof beginTensor>> = { wasm: onWasmHeap, webgpu: onGPU };

/**
 * Begins a tensor whose numbers go straight into the backend's memory, so that they are never held twice.
 * @throws DeviceLimitError if the backend cannot hold it
 */
export function beginTensor(shape: number[], dtype: 'float32' | 'int32'): TensorWriter {
  guardBackend();
  return (BEGIN[tf.getBackend()] ?? onHost)(shape, dtype);
}

/**
 * Waits until the backend has taken what was written: a GPU's queue keeps copies until then.
 * @throws DeviceLimitError if the GPU had no memory left for it, BackendError
 */
export async function writesDone(): Promise<void> {
  if (tf.getBackend() === 'webgpu') await (tf.backend() as WebGPUBackend).queue.onSubmittedWorkDone();
  await settled();
}

/** tfjs's cpu backend computes with the very array that it is given. */
function onHost(shape: number[], dtype: 'float32' | 'int32'): TensorWriter {
  const size = tf.util.sizeFromShape(shape);
  const values = dtype === 'float32' ? new Float32Array(size) : new Int32Array(size);
  let position = 0;
  return {
    write(part) {
      values.set(part, position);
      position += part.length;
    },
    end: () => tf.tensor(values, shape, dtype),
    abort() {},
  };
}

function onWasmHeap(shape: number[], dtype: 'float32' | 'int32'): TensorWriter {
  const backend = tf.backend() as WasmBackend;
  const info = backend.makeOutput(shape, dtype);
  let position = 0;
  return {
    write(part) {
      // Taken anew each time: the heap moves when it grows.
      backend.typedArrayFromHeap(info).set(part, position);
      position += part.length;
    },
    end: () => tf.engine().makeTensorFromDataId(info.dataId, shape, dtype, backend),
    abort: () => void backend.disposeData(info.dataId, true),
  };
}

function onGPU(shape: number[], dtype: 'float32' | 'int32'): TensorWriter {
  const backend = tf.backend() as WebGPUBackend;
  const { dataId } = backend.makeTensorInfo(shape, dtype);
  // Without values this only takes a buffer.
  backend.uploadToGPU(dataId);
  const { resource } = backend.tensorMap.get(dataId);
  let position = 0;
  return {
    write(part) {
      backend.queue.writeBuffer(resource, position * part.BYTES_PER_ELEMENT, part);
      position += part.length;
    },
    end: () => tf.engine().makeTensorFromDataId(dataId, shape, dtype, backend),
    abort: () => void backend.disposeData(dataId, true),
  };
}
