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
export { loadPretrained, type Pretrained } from './load/load-pretrained.js';
export { readSafetensors, type StoredTensor } from './load/safetensors.js';
export type { ReadOptions } from './load/source.js';
export { Tokenizer } from './load/tokenizer.js';
export type { Config } from './models/config.js';
export { GPT2LMHeadModel } from './models/gpt2.js';
export { LanguageModel, type LanguageModelOutput } from './models/language-model.js';
export { LlamaForCausalLM } from './models/llama.js';
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
export type { RecordedRun } from './patchable/recorded-run.js';
export type { VariantOptions } from './patchable/variants.js';
export type { Control } from './run/drive.js';
export type { GraphFileOptions, ModuleClasses } from './save/load-graph.js';
