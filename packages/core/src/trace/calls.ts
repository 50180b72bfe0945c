import type * as tf from '@tensorflow/tfjs';
import type { Traceable } from './types.js';

/** Whoever wants to know of module calls: a tracer, or an opaque module that runs in a graph. */
export interface CallHandler {
  /** Takes over the call of a module; `forward` runs it as written. */
  call(module: Traceable, args: readonly unknown[], forward: (args: readonly unknown[]) => unknown): unknown;
  /** An explicit name given inside of `forward`; returns the tensor to go on with. */
  name(wanted: string, tensor: tf.Tensor): tf.Tensor;
}

let active: CallHandler | null = null;

/** The handler that `Module.apply` and `named` report to, if any. */
export function activeHandler(): CallHandler | null {
  return active;
}

/** Runs `fn` with another handler, or with none. */
export function withHandler<T>(handler: CallHandler | null, fn: () => T): T {
  const before = active;
  active = handler;
  try {
    return fn();
  } finally {
    active = before;
  }
}
