import type { TensorStatistics } from './activations.js';

/** Kinds of patches that the page attaches. */
export type PatchKind = 'zero' | 'replace' | 'add' | 'probe';

/** A patch as plain data. */
export interface PatchSpec {
  id: string;
  path: string;
  kind: PatchKind;
  /** NumPy-style slice text such as `:, 1, -1, :`; empty means everything. A probe reads only this part. */
  slice: string;
  /** For `replace` and `add`: a number or nested arrays that broadcast to the slice. */
  value: number | NestedNumbers;
  enabled: boolean;
}

export type NestedNumbers = (number | NestedNumbers)[];

/** What is wrong with one patch, found before anything runs. */
export interface PatchIssue {
  patchId: string;
  field: 'path' | 'slice' | 'value';
  message: string;
}

/** What a probe saw at its place in the order of patches. */
export interface ProbeReading {
  patchId: string;
  /** Shape of the part that its slice selects. */
  shape: number[];
  statistics: Omit<TensorStatistics, 'scale'>;
  /** The first 64 values, row-major. */
  values: number[];
}
