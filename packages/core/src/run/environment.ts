import type * as tf from '@tensorflow/tfjs';
import type { TensorInfo, ValueId } from '../graph/types.js';
import type { Patch } from '../patch/patch.js';

/** Answers the call of a submodule from a recorded graph, or with null where there is none for it. */
export type AnswerCall = (module: string, args: readonly unknown[]) => { result: unknown } | null;

/** What a program needs from outside. It disposes none of these tensors. */
export interface Environment {
  /** Arguments and values of a kept run. */
  given(value: ValueId): tf.Tensor;
  parameter(key: string): tf.Tensor;
  constant(key: string): tf.Tensor;
  readonly patches: ReadonlyMap<ValueId, readonly Patch[]>;
  /** Shape and dtype of a value, which a patch must keep. */
  info(value: ValueId): TensorInfo;
  /** Runs the `forward` of an opaque module, with `parameters` in place of the tensors that it holds. */
  runModule(
    module: string,
    args: readonly unknown[],
    parameters: readonly { name: string; tensor: tf.Tensor }[],
    answer: AnswerCall,
  ): unknown;
}
