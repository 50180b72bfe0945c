import * as tf from '@tensorflow/tfjs';
import { prepareBackend } from '../memory/guard.js';
import { gather } from './wasm-gather.js';
import { identity } from './wasm-identity.js';
import { batchMatMul } from './wasm-matmul.js';
import { tile } from './wasm-tile.js';

/** Registers a kernel that the wasm backend lacks, and better ones in place of some of its own. */
export function registerWasmKernels(): void {
  if (tf.getKernel(tf.UnsortedSegmentSum, 'wasm') !== undefined) return;
  tf.registerKernel({
    kernelName: tf.UnsortedSegmentSum,
    backendName: 'wasm',
    kernelFunc: unsortedSegmentSum,
  });
  prepareBackend('wasm', () => {
    replace(tf.BatchMatMul, batchMatMul);
    replace(tf.Tile, tile);
    replace(tf.Identity, identity);
    replace(tf.GatherV2, gather);
  });
}

function replace(kernelName: string, kernelFunc: tf.KernelFunc): void {
  const own = tf.getKernel(kernelName, 'wasm');
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ ...own, kernelFunc });
}

/** The gradient of `gather` (an embedding) needs it. */
const unsortedSegmentSum: tf.KernelFunc = ({ inputs, attrs }) => {
  const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor };
  const { numSegments } = attrs as { numSegments: number };
  const shape = [numSegments, ...x.shape.slice(segmentIds.rank)];
  return tf.tidy(() => tf.scatterND(segmentIds.reshape([-1, 1]), x, shape));
};
