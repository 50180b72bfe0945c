/** The page's side of the engine: `@patchbay/core/client`. It never loads tfjs. */
import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import { crashIn } from './crash.js';
import type { Engine, ModelSource } from './protocol.js';
import { carryErrorCodes, EngineError } from './transfer.js';

export { HUB, parseHubId, parseHubUrl } from '../load/hub/address.js';
export type * from './protocol.js';
export { EngineError };

/** An engine in a worker. The caller ends it with `close()`, which stops the worker. */
export interface EngineClient extends Engine {
  close(): void;
}

/**
 * Connects to a worker whose script imports `@patchbay/core/worker`.
 * `onCrash` is called if the worker's script fails to load or dies, or if its engine cannot go on (a lost GPU).
 */
export function connectEngine(worker: Worker, onCrash: (error: EngineError) => void): EngineClient {
  carryErrorCodes();
  const remote: Remote<Engine> = wrap<Engine>(worker);
  worker.addEventListener('error', (event) => {
    onCrash(new EngineError('worker-crashed', event.message || 'The engine stopped unexpectedly.'));
  });
  worker.addEventListener('message', ({ data }) => {
    const crash = crashIn(data);
    if (crash !== null) onCrash(crash);
  });
  return {
    start: (prefer) => remote.start(prefer),
    load: (source, options, onEvent) =>
      remote.load(absolute(source), options, onEvent ? proxy(onEvent) : undefined),
    plan: (source, options) => remote.plan(absolute(source), options),
    cancel: (job) => remote.cancel(job),
    kept: () => remote.kept(),
    removeKept: (id) => remote.removeKept(id),
    clearKept: () => remote.clearKept(),
    fitImage: (image) => remote.fitImage(image),
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
