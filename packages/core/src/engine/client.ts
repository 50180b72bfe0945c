/** The page's side of the engine: `@patchbay/core/client`. It never loads tfjs. */
import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import type { Engine, LoadProgress, ModelSource } from './protocol.js';
import { carryErrorCodes, EngineError } from './transfer.js';

export type * from './protocol.js';
export { EngineError };

/** An engine in a worker. The caller ends it with `close()`, which stops the worker. */
export interface EngineClient extends Engine {
  close(): void;
}

/**
 * Connects to a worker whose script imports `@patchbay/core/worker`.
 * `onCrash` is called once if the worker's script fails to load or dies.
 */
export function connectEngine(worker: Worker, onCrash: (error: EngineError) => void): EngineClient {
  carryErrorCodes();
  const remote: Remote<Engine> = wrap<Engine>(worker);
  worker.addEventListener('error', (event) => {
    onCrash(new EngineError('worker-crashed', event.message || 'The engine stopped unexpectedly.'));
  });
  return {
    start: (prefer) => remote.start(prefer),
    load: (source: ModelSource, onProgress?: (progress: LoadProgress) => void) =>
      remote.load(absolute(source), onProgress ? proxy(onProgress) : undefined),
    run: (request) => remote.run(request),
    activation: (request) => remote.activation(request),
    source: (path) => remote.source(path),
    close() {
      remote[releaseProxy]();
      worker.terminate();
    },
  };
}

/** Relative addresses mean the page's, not the worker's script's. */
function absolute(source: ModelSource): ModelSource {
  return source.kind === 'url' ? { ...source, url: new URL(source.url, document.baseURI).href } : source;
}
