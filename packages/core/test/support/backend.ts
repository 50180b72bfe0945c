import * as tf from '@tensorflow/tfjs';
import { inject } from 'vitest';
import type { BackendName } from '../../src/engine/protocol.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The tfjs backend of the running vitest project. */
    backend: BackendName;
  }
}

/** Folder of the `.wasm` files; in the browser the package finds them by itself. */
async function useWasmFiles(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const { createRequire } = await import('node:module');
  const { dirname } = await import('node:path');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(main)}/`);
}

const register: Record<BackendName, () => Promise<unknown>> = {
  cpu: async () => {},
  wasm: useWasmFiles,
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
};

/**
 * Makes the project's backend the current one and returns its name.
 * Throws where that backend is missing: the suite never runs on another one instead.
 */
export async function useBackend(): Promise<BackendName> {
  const wanted = inject('backend');
  await register[wanted]();
  if (wanted === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  const started = await tf.setBackend(wanted);
  await tf.ready();
  if (!started || tf.getBackend() !== wanted) {
    throw new Error(
      `backend: expected ${wanted}, got ${tf.getBackend() || 'none'}; is it available on this machine?`,
    );
  }
  return wanted;
}
