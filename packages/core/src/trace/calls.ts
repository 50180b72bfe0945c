import type * as tf from '@tensorflow/tfjs';
import { finish, type MaybePromise } from '../memory/maybe-promise.js';
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

/** Runs `fn` with another handler; where it returns a promise, until that is settled. */
export function withHandler<T>(handler: CallHandler, fn: () => MaybePromise<T>): MaybePromise<T> {
  const before = active;
  active = handler;
  return finish(
    fn,
    (value) => value,
    () => {
      active = before;
    },
  );
}

let turn: Promise<unknown> = Promise.resolve();

/** Carries out asynchronous runs of modules one after the other: only one handler can be told of their calls. */
export function inTurn<T>(job: () => Promise<T>): Promise<T> {
  const result = turn.then(job);
  turn = result.catch(() => undefined);
  return result;
}
