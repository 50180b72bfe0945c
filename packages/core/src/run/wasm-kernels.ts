import * as tf from '@tensorflow/tfjs';
import { prepareBackend } from '../memory/guard.js';
import { batchMatMul } from './wasm-matmul.js';

/** Registers a kernel that the wasm backend lacks, and better ones in place of its own. */
export function registerWasmKernels(): void {
  if (tf.getKernel(tf.UnsortedSegmentSum, 'wasm') !== undefined) return;
  tf.registerKernel({
    kernelName: tf.UnsortedSegmentSum,
    backendName: 'wasm',
    kernelFunc: unsortedSegmentSum,
  });
  prepareBackend('wasm', () => {
    replace(tf.BatchMatMul, () => batchMatMul);
    replace(tf.Identity, (own) => (call) => (call.inputs.x?.dtype === 'string' ? own(call) : share(call)));
  });
}

function replace(kernelName: string, make: (own: tf.KernelFunc) => tf.KernelFunc): void {
  const own = tf.getKernel(kernelName, 'wasm');
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ ...own, kernelFunc: make(own.kernelFunc) });
}

/** A clone that shares the numbers. tfjs's own copies them, so that a kept run would hold all weights once more. */
const share: tf.KernelFunc = ({ inputs, backend }) => {
  const { dataId, shape, dtype } = inputs.x as tf.TensorInfo;
  (backend as tf.KernelBackend).incRef(dataId);
  return { dataId, shape, dtype };
};

/** The gradient of `gather` (an embedding) needs it. */
const unsortedSegmentSum: tf.KernelFunc = ({ inputs, attrs }) => {
  const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor };
  const { numSegments } = attrs as { numSegments: number };
  const shape = [numSegments, ...x.shape.slice(segmentIds.rank)];
  return tf.tidy(() => tf.scatterND(segmentIds.reshape([-1, 1]), x, shape));
};
