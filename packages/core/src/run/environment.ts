import type * as tf from '@tensorflow/tfjs';
import type { Scalar, ScalarId, TensorInfo, ValueId } from '../graph/types.js';

/** Answers the call of a submodule from a recorded graph, or with null where there is none for it. */
export type AnswerCall = (module: string, args: readonly unknown[]) => { result: unknown } | null;

/** What a module holds, by property name: tensors and attributes. */
export type Properties = readonly (readonly [name: string, value: tf.Tensor | Scalar])[];

/** What a program needs from outside. It disposes none of these tensors. */
export interface Environment {
  /** Arguments and values of a kept run. */
  given(value: ValueId): tf.Tensor;
  parameter(key: string): tf.Tensor;
  constant(key: string): tf.Tensor;
  /** Applies the patches on a value; the result is a new tensor. */
  patch(value: ValueId, tensor: tf.Tensor): tf.Tensor;
  /** Shape and dtype of a value. */
  info(value: ValueId): TensorInfo;
  /** The path of the node that a value is or is a step of, for messages. */
  where(value: ValueId): string | null;
  /** Runs the `forward` of an opaque module, with `properties` in place of those that it holds. */
  runModule(module: string, args: readonly unknown[], properties: Properties, answer: AnswerCall): unknown;
  /** What numbers, booleans and strings modules that run by themselves have returned so far. */
  readonly scalars: Map<ScalarId, Scalar>;
  /** Takes over a tensor that an asynchronous module made and returned. */
  adopt?(tensor: tf.Tensor): void;
  /** Runs a stretch of an asynchronous run, so that what it makes is freed with the run. */
  within<T>(fn: () => T): T;
  /** Called after each instruction; answers with what to wait for, if anything. */
  readonly pause?: () => Promise<void> | undefined;
}
