import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors.js';
import { withoutInit } from '../nn/init.js';
import type { Config } from './config.js';
import { GPT2LMHeadModel, gpt2Key } from './gpt2.js';
import type { LanguageModel } from './language-model.js';
import { LlamaForCausalLM, llamaKey } from './llama.js';

/** The class of the models of each task; tasks are named as the pipelines of Hugging Face are. */
export interface ModelOf {
  'text-generation': LanguageModel;
}

export type ModelTask = keyof ModelOf;

/** What it takes to build a model for a task and to read its checkpoints. */
interface ArchitectureFor<T extends ModelTask> {
  readonly task: T;
  readonly Model: new (config: Config) => ModelOf[T];
  /** The name in our model of a checkpoint's key, or null to leave it out. */
  readonly keyOf: (key: string) => string | null;
}

export type Architecture<T extends ModelTask = ModelTask> = { [K in T]: ArchitectureFor<K> }[T];

/** Supported architectures by the `model_type` of their config, which may have several for different tasks. */
const ARCHITECTURES: Readonly<Record<string, Architecture | ((config: Config) => Architecture)>> = {
  gpt2: { task: 'text-generation', Model: GPT2LMHeadModel, keyOf: gpt2Key },
  llama: { task: 'text-generation', Model: LlamaForCausalLM, keyOf: llamaKey },
};

/** The values of `model_type` that are supported. */
export const modelTypes: readonly string[] = Object.keys(ARCHITECTURES);

/** @throws CheckpointError for a `model_type` that is not supported, naming those that are */
export function architectureOf(config: Config): Architecture {
  const type = String(config.model_type);
  const found = Object.hasOwn(ARCHITECTURES, type) ? ARCHITECTURES[type] : undefined;
  if (found === undefined) {
    throw new CheckpointError(`The model type '${type}' is not supported; ${modelTypes.join(', ')} are.`);
  }
  return typeof found === 'function' ? found(config) : found;
}

/**
 * A model of the architecture whose weights are yet to be put in. The caller owns it.
 * @throws CheckpointError for a config that does not fit; nothing stays allocated
 */
export function buildModel<T extends ModelTask>({ Model }: Architecture<T>, config: Config): ModelOf[T] {
  const before = new Set(variables());
  try {
    return withoutInit(() => new Model(config));
  } catch (error) {
    tf.dispose(variables().filter((variable) => !before.has(variable)));
    if (!(error instanceof RangeError)) throw error;
    throw new CheckpointError(
      `config.json describes a model that is too large to allocate: ${error.message}.`,
    );
  }
}

/** All variables that tfjs knows. */
function variables(): tf.Variable[] {
  return Object.values(tf.engine().registeredVariables);
}
