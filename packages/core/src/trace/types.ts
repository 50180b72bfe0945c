import type * as tf from '@tensorflow/tfjs';
import type { Graph } from '../graph/types.js';

/** What the tracer needs to know of a module. */
export interface Traceable {
  readonly typeName: string;
  readonly inputNames: readonly string[];
  forward(...args: never[]): unknown;
}

/** Names of everything below the traced module, made by the caller from its module tree. */
export interface TraceNames {
  /** Tensors that a module holds itself. */
  tensorsOf(
    module: Traceable,
  ): { name: string; key: string; tensor: tf.Tensor; kind: 'parameter' | 'buffer' }[];
  /** How `caller` refers to `module`: a dotted name. */
  callee(caller: Traceable, module: Traceable): string;
  /** Dotted names of all submodules. */
  modules: ReadonlyMap<string, Traceable>;
  /** Dotted name of a module below the root; empty for the root. */
  keyOf(module: Traceable): string;
}

export interface Trace {
  readonly graph: Graph;
  /** Tensors made from numbers during the trace, by the key of their `constant` step. The caller owns them. */
  readonly constants: ReadonlyMap<string, tf.Tensor>;
}
