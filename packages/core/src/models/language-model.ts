import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { Module } from '../module/module.js';

/** A causal language model. */
export abstract class LanguageModel extends Module {
  static override readonly inputs = ['inputIds'];
  /** Longest input, in positions. */
  abstract readonly contextLength: number;
  abstract readonly vocabularySize: number;

  /** int32 `[batch, position]` → logits `[batch, position, vocabulary]` of each next token. */
  abstract override forward(inputIds: Tensor2D): { logits: Tensor3D };
}
