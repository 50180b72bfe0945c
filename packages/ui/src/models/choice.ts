import type { ModelSource, WeightKind } from '@patchbay/core/client';
import type { Sample } from '../store/samples.js';
import type { Session } from '../store/session.js';

/** A model to load and what to call it. */
export interface ModelChoice {
  title: string;
  source: ModelSource;
  /** How its matrices are kept. Default `'f32'`. */
  weights?: WeightKind;
  /** An access token of the Hub. */
  token?: string;
  /** What to begin with when it is opened for the first time. */
  first?: Session;
  /** Pictures to try it on. */
  samples?: readonly Sample[];
}
