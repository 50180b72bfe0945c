import * as tf from '@tensorflow/tfjs';
import { BackendError } from '../../errors.js';
import type { GraphDefNode } from './graph-def.js';
import { onHost } from './on-host.js';

type RunKernel = ReturnType<typeof tf.engine>['runKernel'];

let isInstalled = false;

/** Whether a node computes with texts. */
export function hasTexts({ category, types }: GraphDefNode): boolean {
  return category === 'string' || types.has('DT_STRING');
}

/** Has all kernels on texts run on the host from now on: at most of them the WebAssembly backend breaks down. */
export function keepTextsOnHost(): void {
  if (isInstalled) return;
  isInstalled = true;
  const engine = tf.engine();
  const { runKernel } = engine;
  engine.runKernel = ((kernel, inputs, attrs) => {
    const run = () => runKernel.call(engine, kernel, inputs, attrs);
    const all: (tf.Tensor | undefined)[] = Object.values(inputs).flat();
    return all.some((tensor) => tensor?.dtype === 'string') ? onHost(run) : run();
  }) as RunKernel;
}

/** @throws BackendError where numbers that belong to texts are on a GPU, where the host cannot read them at once */
export function checkTextBackend(): void {
  const backend = tf.getBackend();
  if (backend === 'cpu' || backend === 'wasm') return;
  throw new BackendError(
    `The model computes with texts, which the ${backend} backend cannot; use the wasm or the cpu backend.`,
  );
}
