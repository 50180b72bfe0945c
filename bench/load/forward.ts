import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { loadPretrained } from '@patchbay/core';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-web';
import type { Checkpoint } from './checkpoint.js';
import { gpt2Onnx } from './gpt2-onnx.js';

/** A network that is ready to run: ids to logits `[tokens, vocabulary]`. */
export interface Runner {
  run(): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** The ids of a prompt, the same each time. */
export function promptOf({ sizes: { vocabulary } }: Checkpoint, tokens: number): number[] {
  return Array.from({ length: tokens }, (_, i) => (i * 7919 + 13) % vocabulary);
}

/** Our model on TensorFlow.js's current backend. */
export async function ourRunner(checkpoint: Checkpoint, ids: readonly number[]): Promise<Runner> {
  const { model } = await loadPretrained(checkpoint.folder, { task: 'text-generation' });
  const input = tf.tensor2d([[...ids]], [1, ids.length], 'int32');
  return {
    async run() {
      const logits = tf.tidy(() => model.apply(input).logits);
      const values = (await logits.data()) as Float32Array;
      logits.dispose();
      return values;
    },
    async dispose() {
      input.dispose();
      model.dispose();
    },
  };
}

/** The same network in onnxruntime-web on WebAssembly with one thread. */
export async function onnxRunner(checkpoint: Checkpoint, ids: readonly number[]): Promise<Runner> {
  ort.env.wasm.numThreads = 1;
  const { model, output } = gpt2Onnx(checkpoint, ids.length);
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
    externalData: [{ path: basename(checkpoint.file), data: await readFile(checkpoint.file) }],
  });
  const feeds = { ids: new ort.Tensor('int64', BigInt64Array.from(ids.map(BigInt)), [1, ids.length]) };
  return {
    async run() {
      const results = await session.run(feeds);
      return results[output]?.data as Float32Array;
    },
    dispose: () => session.release(),
  };
}

/** The least milliseconds of several runs of each, taken in turn so that what else the machine does meets all alike. */
export async function leastTimes(runners: readonly Runner[], repeats: number): Promise<number[]> {
  const least = runners.map(() => Number.POSITIVE_INFINITY);
  for (let i = 0; i < repeats; i += 1) {
    for (const [k, runner] of runners.entries()) {
      const started = performance.now();
      await runner.run();
      least[k] = Math.min(least[k] as number, performance.now() - started);
    }
  }
  return least;
}

/** The largest difference between two lists of numbers. */
export function worstDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
}
