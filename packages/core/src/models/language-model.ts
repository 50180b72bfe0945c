import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import type { KeyValues } from '../nn/key-values.js';
import type { Config } from './config.js';

/** What a language model computes, all tensors the caller's. */
export interface LanguageModelOutput {
  /** `[batch, position, vocabulary]`, of each next token. */
  logits: Tensor3D;
  /** One entry for each attention layer, of the positions of the `past` that was given and the new ones. */
  past?: KeyValues[];
}

/** A causal language model. */
export abstract class LanguageModel extends Module {
  static override readonly inputs = ['inputIds', 'attentionMask', 'past'];
  /** Longest input, in positions. */
  abstract readonly contextLength: number;
  abstract readonly vocabularySize: number;
  /** The checkpoint's settings for generation, as in its generation_config.json. */
  generationConfig: Config = {};

  /**
   * int32 `[batch, position]` → the logits of each next token. No position sees those where `attentionMask`
   * `[batch, position]` is 0: padding. With the key/value cache `past` (`[]` at the start), which stays the caller's,
   * the positions are those after it, the mask covers both, and the extended cache is returned too. All nodes have the
   * names that they have without a cache. A model that knows no cache may ignore `past` and return none.
   * @throws InputError if `past` or `attentionMask` does not fit
   */
  abstract override forward(
    inputIds: Tensor2D,
    attentionMask?: Tensor2D | null,
    past?: readonly KeyValues[] | null,
  ): LanguageModelOutput;
}
