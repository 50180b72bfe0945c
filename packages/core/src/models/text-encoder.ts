import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { paddingMask } from '../nn/attention.js';
import type { SentenceEmbedding } from '../nn/sentence-embedding.js';

/** What a masked language model computes, all tensors the caller's. */
export interface MaskedLMOutput {
  /** `[batch, position, vocabulary]`, of the token at each position itself. */
  logits: Tensor3D;
}

/** What an encoder computes, all tensors the caller's. */
export interface EncoderOutput {
  /** `[batch, position, width]`. */
  lastHiddenState: Tensor3D;
  /** `[batch, width]`, made of the first position's state; only of models that have a pooler. */
  poolerOutput?: Tensor2D;
  /** `[batch, width]`, one vector for each text; only of checkpoints that say how to make it. */
  sentenceEmbedding?: Tensor2D;
}

/** A model that reads a text in both directions. */
export abstract class TextEncoder<Output extends object = MaskedLMOutput | EncoderOutput> extends Module {
  static override readonly inputs = ['inputIds', 'attentionMask', 'tokenTypeIds'];
  /** Longest input, in positions. */
  abstract readonly contextLength: number;
  abstract readonly vocabularySize: number;

  /**
   * int32 `[batch, position]` each. `attentionMask` is 0 at padding, by default 1 everywhere; `tokenTypeIds` says
   * which of two texts a position belongs to, by default the first, 0.
   * @throws InputError for a mask or types of another shape, and for types where the model has none
   */
  abstract override forward(
    inputIds: Tensor2D,
    attentionMask?: Tensor2D | null,
    tokenTypeIds?: Tensor2D | null,
  ): Output;

  /** Gives up parts that may be missing from a checkpoint, of which these are the weights. */
  adaptTo(_names: ReadonlySet<string>): void {}
}

/** A model that guesses masked tokens. */
export abstract class MaskedLanguageModel extends TextEncoder<MaskedLMOutput> {}

/** A model that turns a text into vectors. */
export abstract class FeatureExtractor extends TextEncoder<EncoderOutput> {
  /** How to make one vector of a text, where the checkpoint says so. */
  sentence_embedding: SentenceEmbedding | null = null;

  /** The outputs of a model that has these states. */
  protected outputs(
    lastHiddenState: Tensor3D,
    attentionMask: Tensor2D | null,
    poolerOutput: Tensor2D | null,
  ): EncoderOutput {
    const sentenceEmbedding = this.sentence_embedding?.apply(lastHiddenState, attentionMask);
    return {
      lastHiddenState,
      ...(poolerOutput !== null && { poolerOutput }),
      ...(sentenceEmbedding !== undefined && { sentenceEmbedding }),
    };
  }
}

/** The node `mask` of an encoder: bool `[batch, 1, 1, key]`, or null where all is attended to. */
export function encoderMask(attentionMask: Tensor2D | null, inputIds: Tensor2D): Tensor4D | null {
  if (attentionMask === null) return null;
  checkSameShape('attentionMask', attentionMask, inputIds);
  return named('mask', paddingMask(attentionMask, inputIds.shape));
}

/** @throws InputError if `ids` does not go with the input */
export function checkSameShape(name: string, ids: Tensor2D, { shape }: Tensor2D): void {
  if (ids.rank === 2 && ids.shape.every((size, axis) => size === shape[axis])) return;
  throw new InputError(
    `'${name}' has the shape [${ids.shape.join(', ')}]; it has to be that of 'inputIds', [${shape.join(', ')}].`,
  );
}
