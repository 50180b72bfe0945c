import type * as tf from '@tensorflow/tfjs';
import { finish, type MaybePromise } from '../memory/maybe-promise.js';
import type { Traceable } from './types.js';

/** Whoever wants to know of module calls: a tracer, or an opaque module that runs in a graph. */
export interface CallHandler {
  /** Takes over the call of a module; `forward` runs it as written. */
  call(module: Traceable, args: readonly unknown[], forward: (args: readonly unknown[]) => unknown): unknown;
  /** Runs something that is no part of what it follows. */
  aside<T>(fn: () => T): T;
  /** An explicit name given inside of `forward`; returns the tensor to go on with. */
  name(wanted: string, tensor: tf.Tensor): tf.Tensor;
  /** Runs a part of `forward` whose nodes lie in scopes; the last op of it is called `name`. */
  within<T>(scopes: readonly string[], name: string, fn: () => T): T;
}

/** The handlers of what runs or waits now, the latest last. */
const active: CallHandler[] = [];

/** The handler that `Module.apply` and `named` report to, if any. */
export function activeHandler(): CallHandler | null {
  return active.at(-1) ?? null;
}

/** Runs `fn` with another handler; where it returns a promise, until that is settled. */
export function withHandler<T>(handler: CallHandler, fn: () => MaybePromise<T>): MaybePromise<T> {
  active.push(handler);
  return finish(
    fn,
    (value) => value,
    () => {
      active.splice(active.lastIndexOf(handler), 1);
    },
  );
}

/** The handler of what ran or waited before that of `handler` began, and still does. */
export function handlerBefore(handler: CallHandler): CallHandler | null {
  return active[active.lastIndexOf(handler) - 1] ?? null;
}

const turns = new WeakMap<object, Promise<unknown>>();

/** Carries out asynchronous jobs that share `what` one after the other: their calls of modules could not be told apart. */
export function inTurn<T>(what: object, job: () => Promise<T>): Promise<T> {
  const result = (turns.get(what) ?? Promise.resolve()).then(job);
  turns.set(
    what,
    result.catch(() => undefined),
  );
  return result;
}
