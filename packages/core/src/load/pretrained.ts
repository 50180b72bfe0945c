import type { Config } from '../models/config.js';
import type { ModelOf } from '../models/registry.js';
import type { TensorModel } from '../models/tensor-model.js';
import type { WeightKind } from '../nn/weight-layout.js';
import type { ImageProcessor } from './image-processor.js';
import type { WeightReport } from './matrix-plan.js';
import type { ReadProgress } from './progress.js';
import type { SourceOptions } from './source.js';
import type { Tokenizer } from './tokenizer.js';

/** A loaded checkpoint of one task. */
interface Loaded<T extends string, M, K extends Tokenizer | null> {
  /** What the model is for, named as the pipelines of Hugging Face are. */
  task: T;
  model: M;
  tokenizer: K;
  /** The checkpoint's config.json. */
  config: Config;
}

/** The same with weights that may be kept in several ways. */
interface LoadedWeights<T extends string, M, K extends Tokenizer | null> extends Loaded<T, M, K> {
  /** How the matrices are kept; elsewhere than on WebGPU not as asked for, which `notice` says. */
  weights: WeightReport;
}

/** A checkpoint that is ready to use; `task` says of which kind. The caller owns the model. */
export type Pretrained =
  | LoadedWeights<'text-generation', ModelOf['text-generation'], Tokenizer>
  | LoadedWeights<'fill-mask', ModelOf['fill-mask'], Tokenizer>
  | LoadedWeights<'feature-extraction', ModelOf['feature-extraction'], Tokenizer>
  | (LoadedWeights<'image-classification', ModelOf['image-classification'], null> & {
      /** Turns images into the model's input. */
      processor: ImageProcessor;
    })
  | Loaded<'tensors', TensorModel, null>;

/** What a checkpoint can be for. */
export type Task = Pretrained['task'];

/** The checkpoints of one task. */
export type PretrainedFor<T extends Task> = Extract<Pretrained, { task: T }>;

/** How to load a checkpoint, watch it and stop it. */
export interface PretrainedOptions<T extends Task = Task> extends SourceOptions {
  /** The task that the checkpoint must be for; the result then has the type of that task. */
  task?: T | undefined;
  /** How matrices are kept: `'f16'` takes half and `'int8'` a quarter of the memory of `'f32'`, the default. */
  weights?: WeightKind | undefined;
  /** Told of bytes as they arrive, about ten times a second and at the end. */
  onProgress?: ((progress: ReadProgress) => void) | undefined;
}
