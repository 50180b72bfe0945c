import type * as tf from '@tensorflow/tfjs';
import type { UntraceableError } from '../errors.js';
import type { Graph, Scalar } from '../graph/types.js';
import type { Constants } from './constants.js';
import type { Overrides } from './scalars.js';

/** What the tracer needs to know of a module. */
export interface Traceable {
  readonly typeName: string;
  readonly inputNames: readonly string[];
  nodeAliases(): ReadonlyMap<string, string>;
  forward(...args: never[]): unknown;
}

/** A tensor that a module holds itself. `key` is its dotted name below the root. */
export interface OwnTensor {
  readonly name: string;
  readonly key: string;
  readonly tensor: tf.Tensor;
  readonly kind: 'parameter' | 'buffer';
}

/** Names of everything below the traced module, made by the caller from its module tree. */
export interface TraceNames {
  /** The traced module and all below it. */
  all: readonly Traceable[];
  /** Parameters and buffers that a module holds itself. */
  tensorsOf(module: Traceable): readonly OwnTensor[];
  /** Whether `module` lies below `holder`. */
  holds(holder: Traceable, module: Traceable): boolean;
  /** How `caller` refers to `module`: a dotted name. */
  callee(caller: Traceable, module: Traceable): string;
  /** Who holds a tensor. */
  ownerOf(tensor: tf.Tensor): (OwnTensor & { readonly module: Traceable }) | undefined;
  /** Dotted names of all submodules. */
  modules: ReadonlyMap<string, Traceable>;
  /** Dotted name of a module below the root; empty for the root. */
  keyOf(module: Traceable): string;
  /** Whether a module says of itself that it cannot be recorded. */
  isUnrecordable(module: Traceable): boolean;
  /** Whether the code of a module shows what it computes. */
  hasSource(module: Traceable): boolean;
}

/** An attribute that a recorded module read, with the value that the model gave it. */
export interface AttributeRead {
  readonly module: Traceable;
  readonly name: string;
  readonly scalar: Scalar;
}

/** A recorded run of a module. */
export interface Trace {
  readonly graph: Graph;
  /** Tensors made from numbers during the trace, by the key of their `constant` step. The caller owns them. */
  readonly constants: Constants;
  /** The attributes that the graph depends on; left out where the model cannot change. */
  readonly attributes?: readonly AttributeRead[];
}

/** How modules are recorded. */
export interface TraceOptions {
  /** Modules that are not to be recorded. */
  isOpaque(module: Traceable): boolean;
  /** What is recorded for a module instead of its own `forward`, if anything. */
  forwardFor(module: Traceable): ((module: Traceable, ...args: unknown[]) => unknown) | undefined;
  /** Told of a module that cannot be recorded; unless this throws, it becomes opaque (spec rule T7). */
  onFailure(error: UntraceableError): void;
}

/** What sets one trace of a module apart from another. */
export interface TraceRequest {
  readonly args: readonly unknown[];
  readonly overrides: Overrides;
  /** Whether an opaque module may return a promise. */
  readonly mayWait: boolean;
  /** Modules that are known not to be recordable; those that turn out to be are added. */
  readonly opaque: Set<Traceable>;
  /** Decides what random operations without a seed of their own draw. */
  readonly seed: number;
  /** Whether to keep where the author's code called each node; that takes longer than the rest. */
  readonly keepStacks: boolean;
}
