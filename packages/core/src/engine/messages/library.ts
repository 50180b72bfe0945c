import type { CacheListing } from '../../load/cache/model-cache.js';
import type { BackendName } from './backends.js';
import type { ModelTask } from './models.js';
import type { ReadNotice, WeightKind } from './sources.js';

export type { CacheListing };

/** What a model is and needs, found out from its config and headers, before it is downloaded. */
export interface ModelPlan {
  /** Its Hub id with the commit, its address or its folder. */
  name: string;
  task: ModelTask;
  /** `model_type` of its config. */
  architecture: string;
  parameterCount: number;
  download: DownloadSize;
  /** What it takes to hold it on the running backend, for each way to keep its matrices. */
  weights: WeightPlan[];
  device: DeviceMemory;
  /** Bytes that the browser's storage has left for this page, or null where it does not tell. */
  storageLeft: number | null;
  notices: ReadNotice[];
}

/** Bytes of the files with the weights. */
export interface DownloadSize {
  /** Null where the server does not say. */
  bytes: number | null;
  /** How many of them need not be downloaded: kept from before, or on this machine. */
  here: number;
}

/** What the running backend may hold, in bytes. */
export interface DeviceMemory {
  backend: BackendName;
  /** All that is free, and what it is a part of; null where nobody knows. */
  free: { bytes: number; of: string } | null;
  /** The largest tensor; null for any size. */
  largestTensor: number | null;
}

export interface WeightPlan {
  kind: WeightKind;
  /** Bytes of the weights as they are held. */
  bytes: number;
  /** Why it cannot be loaded like this, or null if it can, as far as is known. */
  problem: string | null;
  /** What becomes of it on the running backend, where that is not what `kind` says. */
  remark: string | null;
}

/** Bytes of the browser's storage that this page uses, and may use on top. */
export interface StorageRoom {
  used: number;
  free: number;
}

/** What is kept of models that were downloaded. */
export interface CacheContents {
  /** The last used first. */
  models: CacheListing[];
  storage: StorageRoom | null;
}

/** What takes long enough to be cancelled. */
export type LibraryJob = 'plan' | 'load';
