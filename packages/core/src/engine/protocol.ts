/**
 * What the page and the engine's worker say to each other: plain data only, so that every
 * message survives structured cloning. Nothing here imports tfjs.
 */
import type { Activation, ActivationRequest } from './messages/activations.js';
import type { BackendInfo, BackendName } from './messages/backends.js';
import type { ImagePixels, RawImage } from './messages/inputs.js';
import type { CacheContents, LibraryJob, ModelPlan } from './messages/library.js';
import type { ModelInfo } from './messages/models.js';
import type { SourceView } from './messages/nodes.js';
import type { RunRequest, RunResult } from './messages/runs.js';
import type { LoadEvent, LoadOptions, ModelSource } from './messages/sources.js';

export type * from './messages/activations.js';
export type * from './messages/backends.js';
export type * from './messages/inputs.js';
export type * from './messages/library.js';
export type * from './messages/models.js';
export type * from './messages/nodes.js';
export type * from './messages/outputs.js';
export type * from './messages/patches.js';
export type * from './messages/runs.js';
export type * from './messages/sources.js';

/** The engine as the page calls it. Every method may reject with an `EngineError`. */
export interface Engine {
  /** Starts the first backend that works; call it first. `prefer` tries one before the others. */
  start(prefer?: BackendName): Promise<BackendInfo>;
  /**
   * Loads a model and frees the one before it, which can be run until then, and stays if loading fails. A load that is
   * under way is cancelled.
   */
  load(source: ModelSource, options?: LoadOptions, onEvent?: (event: LoadEvent) => void): Promise<ModelInfo>;
  /** What a model is and needs, from its config and headers. A plan that is under way is cancelled. */
  plan(source: ModelSource, options?: LoadOptions): Promise<ModelPlan>;
  /** Stops what is under way, which then rejects with the code `cancelled`. What has arrived is kept. */
  cancel(job: LibraryJob): Promise<void>;
  /** What is kept of models that were downloaded. */
  kept(): Promise<CacheContents>;
  /** Frees the room of a kept model, by its `id`. */
  removeKept(id: string): Promise<void>;
  clearKept(): Promise<void>;
  /** An image in the size that the model takes, resized and cut as for its training. */
  fitImage(image: RawImage): Promise<ImagePixels>;
  run(request: RunRequest): Promise<RunResult>;
  /** Values of the last run. */
  activation(request: ActivationRequest): Promise<Activation>;
  source(path: string): Promise<SourceView>;
}
