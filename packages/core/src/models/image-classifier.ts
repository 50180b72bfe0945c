import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import type { Pair } from '../nn/pair.js';

/** What an image classifier computes, the tensor the caller's. */
export interface ImageClassifierOutput {
  /** `[batch, label]`. */
  logits: Tensor2D;
}

/** A model that sorts images into classes. */
export abstract class ImageClassifier extends Module {
  static override readonly inputs = ['pixelValues'];
  /** Of the images that it takes, in pixels. */
  abstract readonly imageSize: Pair;
  abstract readonly channels: number;
  /** The classes, in the order of the logits. */
  abstract readonly labels: readonly string[];

  /** `[batch, channel, height, width]`, normalized as in training. @throws InputError for another size */
  abstract override forward(pixelValues: Tensor4D): ImageClassifierOutput;
}
