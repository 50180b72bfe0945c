import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors.js';
import { withoutInit } from '../nn/init.js';
import type { Config } from './config.js';
import { GPT2LMHeadModel, gpt2Key } from './gpt2.js';
import type { LanguageModel } from './language-model.js';
import { LlamaForCausalLM, llamaKey } from './llama.js';

/** What it takes to build an architecture and to read its checkpoints. */
export interface Architecture {
  readonly Model: new (config: Config) => LanguageModel;
  /** The name in our model of a checkpoint's key, or null to leave it out. */
  readonly keyOf: (key: string) => string | null;
}

/** Supported architectures by the `model_type` of their config. */
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  gpt2: { Model: GPT2LMHeadModel, keyOf: gpt2Key },
  llama: { Model: LlamaForCausalLM, keyOf: llamaKey },
};

/** @throws CheckpointError for a `model_type` that is not supported, naming those that are */
export function architectureOf(config: Config): Architecture {
  const type = String(config.model_type);
  const found = Object.hasOwn(ARCHITECTURES, type) ? ARCHITECTURES[type] : undefined;
  if (found === undefined) {
    const supported = Object.keys(ARCHITECTURES).join(', ');
    throw new CheckpointError(`The model type '${type}' is not supported; ${supported} are.`);
  }
  return found;
}

/**
 * A model of the architecture with zeros as weights. The caller owns it.
 * @throws CheckpointError for a config that does not fit; nothing stays allocated
 */
export function buildModel({ Model }: Architecture, config: Config): LanguageModel {
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
