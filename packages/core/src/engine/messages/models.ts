import type { InputInfo } from './inputs.js';

/** What the page shows about a loaded model. */
export interface ModelInfo {
  /** What it is for, named as the pipelines of Hugging Face are; `tensors` for any other model. */
  task: ModelTask;
  /** `model_type` of its config, such as `gpt2`; for tfjs models what kind of file it is. */
  architecture: string;
  parameterCount: number;
  input: InputInfo;
  /** How images and what convolutions make of them are laid out. */
  layout: ImageLayout;
}

export type ModelTask =
  | 'text-generation'
  | 'fill-mask'
  | 'feature-extraction'
  | 'image-classification'
  | 'tensors';

/** `[batch, height, width, channel]` in tfjs models, `[batch, channel, height, width]` in those that follow PyTorch. */
export type ImageLayout = 'channels-last' | 'channels-first';
