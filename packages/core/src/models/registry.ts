import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors.js';
import { isPlainObject } from '../graph/structure.js';
import { withoutInit } from '../nn/init.js';
import { BertForMaskedLM, BertModel, bertForMaskedLMKey, bertModelKey } from './bert.js';
import type { Config } from './config.js';
import {
  DistilBertForMaskedLM,
  DistilBertModel,
  distilBertForMaskedLMKey,
  distilBertModelKey,
} from './distilbert.js';
import { Gemma2ForCausalLM } from './gemma2.js';
import { Gemma3ForCausalLM, gemma3Key } from './gemma3.js';
import { GPTNeoForCausalLM, gptNeoKey } from './gpt-neo.js';
import { GPTNeoXForCausalLM, gptNeoXKey } from './gpt-neox.js';
import { GPT2LMHeadModel, gpt2Key } from './gpt2.js';
import type { ImageClassifier } from './image-classifier.js';
import type { LanguageModel } from './language-model.js';
import { LlamaForCausalLM, llamaKey } from './llama.js';
import { MistralForCausalLM } from './mistral.js';
import { OPTForCausalLM, optKey } from './opt.js';
import { Phi3ForCausalLM } from './phi3.js';
import { Qwen2ForCausalLM } from './qwen2.js';
import { Qwen3ForCausalLM } from './qwen3.js';
import type { FeatureExtractor, MaskedLanguageModel } from './text-encoder.js';
import { ViTForImageClassification, vitKey } from './vit.js';

/** The class of the models of each task; tasks are named as the pipelines of Hugging Face are. */
export interface ModelOf {
  'text-generation': LanguageModel;
  'fill-mask': MaskedLanguageModel;
  'feature-extraction': FeatureExtractor;
  'image-classification': ImageClassifier;
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

const bertForMaskedLM: Architecture = {
  task: 'fill-mask',
  Model: BertForMaskedLM,
  keyOf: bertForMaskedLMKey,
};

/** Supported architectures by the `model_type` of their config, which may have several for different tasks. */
const ARCHITECTURES: Readonly<Record<string, Architecture | ((config: Config) => Architecture)>> = {
  gpt2: { task: 'text-generation', Model: GPT2LMHeadModel, keyOf: gpt2Key },
  bert: byClass({
    BertModel: { task: 'feature-extraction', Model: BertModel, keyOf: bertModelKey },
    BertForMaskedLM: bertForMaskedLM,
    BertForPreTraining: bertForMaskedLM,
  }),
  distilbert: byClass({
    DistilBertModel: { task: 'feature-extraction', Model: DistilBertModel, keyOf: distilBertModelKey },
    DistilBertForMaskedLM: {
      task: 'fill-mask',
      Model: DistilBertForMaskedLM,
      keyOf: distilBertForMaskedLMKey,
    },
  }),
  vit: byClass({
    ViTForImageClassification: {
      task: 'image-classification',
      Model: ViTForImageClassification,
      keyOf: vitKey,
    },
  }),
  gemma2: { task: 'text-generation', Model: Gemma2ForCausalLM, keyOf: llamaKey },
  gemma3_text: { task: 'text-generation', Model: Gemma3ForCausalLM, keyOf: gemma3Key },
  gemma3: { task: 'text-generation', Model: Gemma3ForCausalLM, keyOf: gemma3Key },
  gpt_neo: { task: 'text-generation', Model: GPTNeoForCausalLM, keyOf: gptNeoKey },
  gpt_neox: { task: 'text-generation', Model: GPTNeoXForCausalLM, keyOf: gptNeoXKey },
  llama: { task: 'text-generation', Model: LlamaForCausalLM, keyOf: llamaKey },
  mistral: { task: 'text-generation', Model: MistralForCausalLM, keyOf: llamaKey },
  opt: { task: 'text-generation', Model: OPTForCausalLM, keyOf: optKey },
  phi3: { task: 'text-generation', Model: Phi3ForCausalLM, keyOf: llamaKey },
  qwen2: { task: 'text-generation', Model: Qwen2ForCausalLM, keyOf: llamaKey },
  qwen3: { task: 'text-generation', Model: Qwen3ForCausalLM, keyOf: llamaKey },
};

/**
 * The architecture of the class that a config names in `architectures`; where it names none, the first of `classes`.
 * @throws CheckpointError for a class that is not among them
 */
function byClass(classes: Readonly<Record<string, Architecture>>): (config: Config) => Architecture {
  const supported = Object.keys(classes);
  return ({ architectures }) => {
    const name = String((Array.isArray(architectures) ? architectures[0] : null) ?? supported[0]);
    const found = Object.hasOwn(classes, name) ? classes[name] : undefined;
    if (found !== undefined) return found;
    throw new CheckpointError(`The architecture '${name}' is not supported; ${supported.join(', ')} are.`);
  };
}

/** The values of `model_type` that are supported. */
export const modelTypes: readonly string[] = Object.keys(ARCHITECTURES);

/** @throws CheckpointError for a `model_type` or a kind of weights that is not supported, naming those that are */
export function architectureOf(config: Config): Architecture {
  const { quantization_config: quantization } = config;
  if (isPlainObject(quantization)) {
    throw new CheckpointError(
      `The checkpoint is quantized by '${quantization.quant_method}', which is not supported; those with float32, float16 or bfloat16 weights are.`,
    );
  }
  const { model_type: type } = config;
  const supported = modelTypes.join(', ');
  if (typeof type !== 'string')
    throw new CheckpointError(`config.json names no model_type; supported are ${supported}.`);
  const found = Object.hasOwn(ARCHITECTURES, type) ? ARCHITECTURES[type] : undefined;
  if (found === undefined)
    throw new CheckpointError(`The model type '${type}' is not supported; ${supported} are.`);
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
