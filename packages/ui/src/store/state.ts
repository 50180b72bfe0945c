import type {
  Activation,
  BackendInfo,
  LoadProgress,
  ModelInfo,
  ModelSource,
  NodeRecord,
  RunResult,
  RunSide,
  SourceView,
} from '@patchbay/core/client';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Failure } from './failure.js';

export interface OpenModel {
  title: string;
  source: ModelSource;
  info: ModelInfo;
}

export type ResultTab = 'compare' | 'activation' | 'source';

/** Which two-dimensional cut of which run's values is shown. */
export interface Cut {
  side: RunSide;
  /** Null lets the engine choose. */
  axes: [row: number, column: number] | null;
  index: number[];
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
  loading: { title: string; progress: LoadProgress | null } | null;
  /** Why the latest model was not loaded, or why the engine stopped. */
  failure: Failure | null;
  isRunning: boolean;
  result: RunResult | null;
  /** Why the latest run gave no result; `result` is then the one before. */
  runError: string | null;
  nodes: readonly NodeRecord[];
  /** Path of the selected node. */
  selected: string | null;
  /** What the tree is filtered by. */
  filter: string;
  tab: ResultTab;
  cut: Cut;
  activation: Inspected<Activation>;
  /** The same cut of all heads, where the node has such; of an earlier cut while new ones are fetched. */
  heads: readonly Activation[];
  source: Inspected<SourceView>;
}

export type WorkbenchStore = StoreApi<WorkbenchState>;

const nothing = { value: null, error: null };

export const initialCut: Cut = { side: 'patched', axes: null, index: [] };

export function createWorkbenchStore(): WorkbenchStore {
  return createStore<WorkbenchState>()(() => ({
    phase: 'starting',
    backend: null,
    model: null,
    loading: null,
    failure: null,
    isRunning: false,
    result: null,
    runError: null,
    nodes: [],
    selected: null,
    filter: '',
    tab: 'compare',
    cut: initialCut,
    activation: nothing,
    heads: [],
    source: nothing,
  }));
}

/** A cut with places and axes that a shape has: a shorter prompt, or another model, may lack those chosen. */
export function fitCut({ side, axes, index }: Cut, shape: readonly number[]): Cut {
  const hasAxes = axes?.every((axis) => axis < shape.length) === true;
  const places = shape.map((size, axis) => Math.max(0, Math.min(index[axis] ?? 0, size - 1)));
  return { side, axes: hasAxes ? axes : null, index: places };
}
