import type {
  Activation,
  BackendInfo,
  ModelInfo,
  ModelSource,
  NodeRecord,
  RunResult,
  RunSide,
  SourceView,
} from '@patchbay/core/client';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { firstAxes } from '../heatmap/axes.js';
import type { Loading } from '../models/loading.js';
import type { Failure } from './failure.js';
import type { Sample } from './samples.js';

export interface OpenModel {
  title: string;
  source: ModelSource;
  info: ModelInfo;
  /** Pictures to try, of a model that comes with such. */
  samples: readonly Sample[];
}

export type ResultTab = 'compare' | 'activation' | 'source';

/** Which two-dimensional cut of which run's values is shown. */
export interface Cut {
  side: RunSide;
  /** Null lets the engine choose. */
  axes: [row: number, column: number] | null;
  index: number[];
}

/** A cut of one of the tensors that a model puts out. */
export interface OutputCut extends Cut {
  /** The node of that tensor, or null for the first one. */
  path: string | null;
}

/** Something fetched for the selected node, or why it could not be. */
export interface Inspected<T> {
  value: T | null;
  error: string | null;
}

/** What came back from the engine, and what of it is looked at. */
export interface WorkbenchState {
  phase: 'starting' | 'ready' | 'stopped';
  backend: BackendInfo | null;
  /** Null until the first model is loaded. */
  model: OpenModel | null;
  /** The model being loaded. */
  loading: Loading | null;
  /** What is worth knowing about the model that was loaded last. */
  notices: readonly string[];
  /** Why the latest model was not loaded, or why the engine stopped. */
  failure: Failure | null;
  isRunning: boolean;
  result: RunResult | null;
  /** Why the latest run gave no result; `result` is then the one before. */
  runError: string | null;
  /** Why the image that was chosen last is none; the input is still the one before. */
  imageError: string | null;
  nodes: readonly NodeRecord[];
  /** Path of the selected node. */
  selected: string | null;
  /** What the tree is filtered by. */
  filter: string;
  tab: ResultTab;
  cut: Cut;
  activation: Inspected<Activation>;
  /** What is shown of an output that is a tensor. */
  outputCut: OutputCut;
  outputValues: Inspected<Activation>;
  /** The same cut of all heads or channels, where the node has such; of an earlier cut while new ones are fetched. */
  strip: readonly Activation[];
  source: Inspected<SourceView>;
}

export type WorkbenchStore = StoreApi<WorkbenchState>;

export const nothing = { value: null, error: null };

export const initialCut: Cut = { side: 'patched', axes: null, index: [] };

export const initialOutputCut: OutputCut = { path: null, side: 'delta', axes: null, index: [] };

export function createWorkbenchStore(): WorkbenchStore {
  return createStore<WorkbenchState>()(() => ({
    phase: 'starting',
    backend: null,
    model: null,
    loading: null,
    notices: [],
    failure: null,
    isRunning: false,
    result: null,
    runError: null,
    imageError: null,
    nodes: [],
    selected: null,
    filter: '',
    tab: 'compare',
    cut: initialCut,
    activation: nothing,
    outputCut: initialOutputCut,
    outputValues: nothing,
    strip: [],
    source: nothing,
  }));
}

/**
 * A cut with places and axes that a shape has: a shorter prompt, or another model, may lack those chosen. Of images the
 * engine is not left to choose.
 */
export function fitCut({ side, axes, index }: Cut, shape: readonly number[], names: readonly string[]): Cut {
  const hasAxes = axes?.every((axis) => axis < shape.length) === true;
  const places = shape.map((size, axis) => Math.max(0, Math.min(index[axis] ?? 0, size - 1)));
  return { side, axes: hasAxes ? axes : firstAxes(names), index: places };
}
