import type { Change } from '../../analysis/change.js';

export type { Change };

/** The output of the clean and of the patched run side by side. Without patches both are the clean one. */
export type OutputResult =
  | {
      kind: 'vocabulary';
      /** The position compared, counted from 0. */
      position: number;
      /** Sorted by the larger of the two probabilities, highest first. */
      rows: TokenRow[];
      divergence: Divergence;
    }
  | {
      kind: 'classes';
      /** All classes, in the order of the model. */
      rows: ClassRow[];
      divergence: Divergence;
    }
  | { kind: 'tensor'; parts: OutputPart[] };

/** KL(clean ‖ patched) of the two distributions, in nats. */
export type Divergence = number;

/** One token of a text; `text` is what it decodes to, its leading space included. */
export interface Token {
  id: number;
  text: string;
}

/** One choice among many by one run. Ranks start at 1. */
export interface Score {
  logit: number;
  probability: number;
  rank: number;
}

export interface TokenRow {
  token: Token;
  clean: Score;
  patched: Score;
}

export interface ClassRow {
  /** Its place among the classes. */
  index: number;
  label: string;
  clean: Score;
  patched: Score;
}

/** One tensor of an output, and how it changed. */
export interface OutputPart {
  /** Its node, such as `output` or `output|boxes`. */
  path: string;
  shape: number[];
  dtype: string;
  /** Null where the patches changed the shape. */
  change: Change | null;
}
