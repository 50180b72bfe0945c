export * from './errors.js';
export type { GeneratedTokens, GenerateOptions, PatchOn, Prompt } from './generate/options.js';
export type {
  AliasStep,
  ConstantStep,
  Graph,
  GraphNode,
  KernelStep,
  Node,
  OpaqueCall,
  OpaqueStep,
  ParameterStep,
  Scalar,
  ScalarId,
  ScalarStructure,
  StackFrame,
  Step,
  Structure,
  TensorInfo,
  ValueId,
  ValueKind,
  ValueNode,
} from './graph/types.js';
export { type CacheListing, ModelCache } from './load/cache/model-cache.js';
export type { BlobStore } from './load/cache/store.js';
export type { RetryPolicy } from './load/http/retry.js';
export { ImageProcessor } from './load/image-processor.js';
export type { LoadPlan } from './load/load-plan.js';
export { loadPretrained } from './load/load-pretrained.js';
export type { WeightReport } from './load/matrix-plan.js';
export type { ReadNotice } from './load/notices.js';
export { planPretrained } from './load/plan-pretrained.js';
export type { Pretrained, PretrainedFor, PretrainedOptions, Task } from './load/pretrained.js';
export type { ReadProgress } from './load/progress.js';
export type { PixelGrid } from './load/resample.js';
export { readSafetensors, type StoredTensor } from './load/safetensors.js';
export type { Source, SourceOptions } from './load/source.js';
export { Tokenizer } from './load/tokenizer.js';
export { onGpuLost, settled } from './memory/gpu-errors.js';
export { BertForMaskedLM, BertModel } from './models/bert.js';
export type { Config } from './models/config.js';
export { DistilBertForMaskedLM, DistilBertModel } from './models/distilbert.js';
export { Gemma2ForCausalLM } from './models/gemma2.js';
export { Gemma3ForCausalLM } from './models/gemma3.js';
export { GPTNeoForCausalLM } from './models/gpt-neo.js';
export { GPTNeoXForCausalLM } from './models/gpt-neox.js';
export { GPT2LMHeadModel } from './models/gpt2.js';
export { ImageClassifier, type ImageClassifierOutput } from './models/image-classifier.js';
export { LanguageModel, type LanguageModelOutput } from './models/language-model.js';
export { LlamaForCausalLM } from './models/llama.js';
export { MistralForCausalLM } from './models/mistral.js';
export { OPTForCausalLM } from './models/opt.js';
export { Phi3ForCausalLM } from './models/phi3.js';
export { Qwen2ForCausalLM } from './models/qwen2.js';
export { Qwen3ForCausalLM } from './models/qwen3.js';
export {
  type ImageClassification,
  TensorModel,
  type TensorModelOutput,
  type TensorModelSpecs,
  type TensorSpec,
} from './models/tensor-model.js';
export {
  type EncoderOutput,
  FeatureExtractor,
  MaskedLanguageModel,
  type MaskedLMOutput,
  TextEncoder,
} from './models/text-encoder.js';
export { ViTForImageClassification } from './models/vit.js';
export { ModuleDict, ModuleList, Sequential } from './module/containers.js';
export { Module } from './module/module.js';
export type { KeyDifference } from './module/state-dict.js';
export { buffer, named, parameter } from './module/tensors.js';
export { Dropout, GELU, GELUTanh, ReLU, Sigmoid, SiLU, Softmax, Tanh } from './nn/activations.js';
export { BatchNorm2d, type BatchNorm2dOptions } from './nn/batch-norm.js';
export { Conv2d, type Conv2dOptions } from './nn/conv.js';
export { Embedding } from './nn/embedding.js';
export type { KeyValues } from './nn/key-values.js';
export { Conv1D, Linear } from './nn/linear.js';
export { LayerNorm, RMSNorm } from './nn/norm.js';
export { countParameters } from './nn/parameter-count.js';
export { SentenceEmbedding, type SentenceEmbeddingSettings } from './nn/sentence-embedding.js';
export { WeightHolder } from './nn/weight-holder.js';
export type { WeightKind, WeightLayout } from './nn/weight-layout.js';
export type { NestedNumbers, PatchValue } from './patch/operand.js';
export { Patch, type PatchableScalar } from './patch/patch.js';
export { AddPatch, CustomPatch, ProbePatch, RecordPatch, ReplacePatch, ZeroPatch } from './patch/patches.js';
export { all, type PlainSliceItem, type Range, range } from './patch/slice.js';
export type { SliceItem, SliceSpec } from './patch/spec.js';
export { MeanPatch, NoisePatch, ProjectPatch, ScalePatch } from './patch/statistical-patches.js';
export type { NodePath, NodePathInfo } from './patchable/node-path.js';
export type { ExtractionFunction, ExtractionOptions, ModuleClass } from './patchable/options.js';
export type { PatchMap } from './patchable/patch-map.js';
export {
  type LoadOptions,
  PatchableGraph,
  PatchedGraph,
  type SaveOptions,
} from './patchable/patchable-graph.js';
export type { HostValues, RecordedRun } from './patchable/recorded-run.js';
export type { VariantOptions } from './patchable/variants.js';
export type { Control } from './run/drive.js';
export type { GraphFileOptions, ModuleClasses } from './save/load-graph.js';
