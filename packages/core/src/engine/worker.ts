/** The worker's side of the engine: `@patchbay/core/worker`. */
import { expose } from 'comlink';
import { InputError } from '../errors.js';
import { loadPretrained, type Pretrained } from '../load/load-pretrained.js';
import { startBackend, type WasmFiles } from './backend.js';
import { LoadedModel } from './loaded-model.js';
import type { Engine } from './protocol.js';
import { carryErrorCodes } from './transfer.js';

/** Serves the engine to the page that started this worker. Call it once, in the worker's script. */
export function serveEngine(options: { wasmFiles: WasmFiles }): void {
  carryErrorCodes();
  expose(createEngine(options));
}

/** The engine without a worker around it; calls are carried out one after the other. */
export function createEngine({ wasmFiles }: { wasmFiles: WasmFiles }): Engine {
  let loaded: LoadedModel | null = null;
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const result = last.then(job);
    last = result.catch(() => undefined);
    return result;
  }

  function model(): LoadedModel {
    if (loaded === null) throw new InputError('No model is loaded yet.');
    return loaded;
  }

  return {
    start: (prefer) => inTurn(() => startBackend(wasmFiles, prefer)),
    load: (source, onProgress) =>
      inTurn(async () => {
        const from = source.kind === 'url' ? new URL(source.url) : source.files;
        const pretrained = await loadPretrained(from, {
          onProgress: (progress) => onProgress?.({ stage: 'download', ...progress }),
        });
        onProgress?.({ stage: 'trace', loaded: 0, total: 0 });
        const next = takeOver(pretrained);
        loaded?.dispose();
        loaded = next;
        return next.info;
      }),
    run: (request) => inTurn(() => model().run(request)),
    activation: (request) => inTurn(() => model().activation(request)),
    source: (path) => inTurn(() => model().source(path)),
  };
}

/** A model that cannot be traced is freed before the error goes on. */
function takeOver(pretrained: Pretrained): LoadedModel {
  try {
    return new LoadedModel(pretrained);
  } catch (error) {
    pretrained.model.dispose();
    throw error;
  }
}
