/** Which run's values to look at. `delta` is patched − clean. */
export type RunSide = 'clean' | 'patched' | 'delta';

export interface ActivationRequest {
  path: string;
  side: RunSide;
  /** The two axes shown, or null to let the engine take the last two. */
  axes: [row: number, column: number] | null;
  /** One index per axis for the axes not shown; missing ones are 0. */
  index: number[];
}

/** A two-dimensional cut through a tensor of the last run, row-major. */
export interface Activation {
  path: string;
  side: RunSide;
  shape: number[];
  dtype: string;
  /** -1 for an axis that a tensor of lower rank lacks. */
  axes: [row: number, column: number];
  index: number[];
  rows: number;
  columns: number;
  values: Float32Array;
  statistics: TensorStatistics;
}

/** Over all finite values of the whole tensor; entries beyond ±1e30 (masked scores) are left out. */
export interface TensorStatistics {
  minimum: number;
  maximum: number;
  mean: number;
  standardDeviation: number;
  /** Largest absolute value over clean and patched, so that the sides share one colour scale. */
  scale: number;
  /** How many entries are masked, infinite or not a number. */
  excluded: number;
}
