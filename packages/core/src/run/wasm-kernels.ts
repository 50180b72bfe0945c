import * as tf from '@tensorflow/tfjs';

const KERNEL = 'UnsortedSegmentSum';

/** Registers the kernel that the gradient of `gather` (an embedding) needs and the wasm backend lacks. */
export function registerWasmKernels(): void {
  if (tf.getKernel(KERNEL, 'wasm') !== undefined) return;
  tf.registerKernel({
    kernelName: KERNEL,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor };
      const { numSegments } = attrs as { numSegments: number };
      const shape = [numSegments, ...x.shape.slice(segmentIds.rank)];
      return tf.tidy(() => tf.scatterND(segmentIds.reshape([-1, 1]), x, shape));
    },
  });
}
