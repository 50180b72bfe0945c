/** The worker's side of the engine: `@patchbay/core/worker`. */
import { expose } from 'comlink';
import { InputError } from '../errors.js';
import type { Pretrained } from '../load/pretrained.js';
import { onGpuLost } from '../memory/gpu-errors.js';
import { startBackend, type WasmFiles } from './backend.js';
import { tellCrash } from './crash.js';
import { LoadedModel } from './loaded-model.js';
import { ModelLibrary, type Surroundings } from './model-library.js';
import type { Engine, ModelInfo } from './protocol.js';
import { carryErrorCodes } from './transfer.js';
import { Turns } from './turns.js';

/** Serves the engine to the page that started this worker. Call it once, in the worker's script. */
export function serveEngine(options: { wasmFiles: WasmFiles }): void {
  carryErrorCodes();
  onGpuLost(tellCrash);
  expose(createEngine(options));
}

/** What the engine finds around it; `surroundings` are for tests of what the network does. */
export interface EngineOptions {
  wasmFiles: WasmFiles;
  surroundings?: Surroundings;
}

/** The engine without a worker around it; calls are carried out one after the other, whose waits for bytes others use. */
export function createEngine({ wasmFiles, surroundings = {} }: EngineOptions): Engine {
  let loaded: LoadedModel | null = null;
  const turns = new Turns();
  const library = new ModelLibrary(turns, surroundings);

  function model(): LoadedModel {
    if (loaded === null) throw new InputError('No model is loaded yet.');
    return loaded;
  }

  async function take(pretrained: Pretrained): Promise<ModelInfo> {
    const next = await LoadedModel.create(pretrained);
    loaded?.dispose();
    loaded = next;
    return next.info;
  }

  return {
    start: (prefer) => turns.take(() => startBackend(wasmFiles, prefer)),
    load: (source, options = {}, onEvent = () => undefined) => library.load(source, options, onEvent, take),
    plan: (source, options = {}) => library.plan(source, options),
    cancel: async (job) => library.cancel(job),
    kept: () => library.kept(),
    removeKept: (id) => library.remove(id),
    clearKept: () => library.clear(),
    fitImage: (image) => turns.take(async () => model().fitImage(image)),
    run: (request) => turns.take(() => model().run(request)),
    activation: (request) => turns.take(() => model().activation(request)),
    source: (path) => turns.take(() => model().source(path)),
  };
}
