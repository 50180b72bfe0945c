import type { Tensor } from '@tensorflow/tfjs';

/** Token ids: one sequence, several of the same length, or an int32 tensor `[position]` or `[batch, position]`. */
export type Prompt = readonly number[] | readonly (readonly number[])[] | Tensor;

/**
 * In which steps the patches of a generation act: when the prompt is computed, when the generated positions after it
 * are, or always.
 */
export type PatchOn = 'all' | 'prompt' | 'generated';

/** Progress of a generation. */
export interface GeneratedTokens {
  /** Counts from 0. */
  readonly step: number;
  /** The new token of each sequence; null for one that has ended. */
  readonly ids: readonly (number | null)[];
}

/**
 * How to continue sequences (spec rule P9). The prompt is computed first, then one position at a time, with the keys
 * and values of earlier positions kept.
 *
 * A patch acts in the step in which a position is computed. It sees the node's values at all positions so far, as they
 * were before patches, and what it does to the positions of that step counts, for good. So its slice means absolute
 * positions, of which negative ones count from the current end: `-1` is the last token of the prompt, then each new
 * one. A mean over positions is one over all so far. In a step whose length a slice does not fit, the patch does not
 * act; if it fits neither the first step nor the last, that is an error. Probes hold all positions that were computed,
 * which the last new token is not.
 */
export interface GenerateOptions {
  /** Most tokens to add to each sequence; the prompt and they must fit the model's context. */
  readonly maxNewTokens: number;
  /** 0 (default) takes the most likely token; else tokens are drawn from softmax(logits / temperature). */
  readonly temperature?: number | undefined;
  /** Draws among this many most likely tokens only; by default among all. */
  readonly topK?: number | undefined;
  /** The same seed (32 bits; default 0) draws the same tokens; each sequence of a batch has a stream of its own. */
  readonly seed?: number | undefined;
  /**
   * A sequence ends after one of these, which is then its last token. By default what the model's
   * `generationConfig` says; `[]` for none.
   */
  readonly eosTokenId?: number | readonly number[] | undefined;
  /** In which steps patches act; default `'all'`. Patches on what has no positions, such as weights, always do. */
  readonly patchOn?: PatchOn | undefined;
  /** With false, the whole sequence is run at every step; the tokens are the same. */
  readonly useCache?: boolean | undefined;
  /** Called after each step. */
  readonly onToken?: ((progress: GeneratedTokens) => void) | undefined;
  /** Ends the generation between two steps, with everything freed. */
  readonly signal?: AbortSignal | undefined;
}
