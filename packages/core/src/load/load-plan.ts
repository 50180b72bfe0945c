import type { Config } from '../models/config.js';
import type { WeightKind } from '../nn/weight-layout.js';
import type { Task } from './pretrained.js';
import type { WeightNeeds } from './weight-needs.js';

/** What it takes to load a checkpoint. */
export interface LoadPlan {
  /** What the checkpoint is called: its Hub id with the commit, its address or its folder. */
  name: string;
  /** `model_type` of its config, such as `gpt2`, or the format of a model that TensorFlow.js has saved. */
  architecture: string;
  task: Task;
  config: Config;
  /** How many numbers the weights are. */
  parameterCount: number;
  /** Bytes of the files with weights, null where a server does not say, and how many of them are here already. */
  files: { bytes: number | null; cached: number };
  /** What the weights will take on the current backend, by how they are kept. */
  weights: Record<WeightKind, WeightNeeds>;
  /** Bytes that this page may still keep, so that it need not download again; null where that is unknown, as in Node. */
  storageLeft: number | null;
}

/** Bytes that the browser lets this page keep yet, or null. */
export async function storageLeft(): Promise<number | null> {
  const { storage } = (globalThis.navigator ?? {}) as { storage?: StorageManager };
  const estimate = await storage?.estimate?.().catch(() => null);
  return estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0);
}
