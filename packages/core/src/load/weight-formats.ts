import type { FileOptions, SourceFile } from './checkpoint-files.js';
import { SafetensorsStream } from './safetensors-stream.js';
import { TorchStream } from './torch/torch-stream.js';
import type { WeightStream } from './weight-stream.js';

/** A format of files with weights. */
export interface WeightFormat {
  /** The file that has all weights. */
  readonly whole: string;
  /** The file that lists those that have them together, and how the names of these end. */
  readonly index: string;
  readonly ending: string;
  /** How these are named as a rule. */
  readonly shard: RegExp;
  /**
   * Reads a file up to its numbers. `goOn` says that these will be read next, so that one request is enough.
   * @throws CheckpointError, SourceError
   */
  readonly open: (file: SourceFile, goOn: boolean, options: FileOptions) => Promise<WeightStream>;
}

/** The formats of Hugging Face's checkpoints. The first one that is there is read. */
export const WEIGHT_FORMATS: readonly WeightFormat[] = [
  {
    whole: 'model.safetensors',
    index: 'model.safetensors.index.json',
    ending: '.safetensors',
    shard: /^model-\d+-of-\d+\.safetensors$/,
    open: SafetensorsStream.open,
  },
  {
    whole: 'pytorch_model.bin',
    index: 'pytorch_model.bin.index.json',
    ending: '.bin',
    shard: /^pytorch_model-\d+-of-\d+\.bin$/,
    open: TorchStream.open,
  },
];
