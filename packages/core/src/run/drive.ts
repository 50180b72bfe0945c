import type { MaybePromise } from '../memory/maybe-promise.js';
import { nextTask } from './next-task.js';

/** How to watch and stop long work. */
export interface Control {
  readonly signal?: AbortSignal | undefined;
  /** Told how much of the work is done, at most every few milliseconds and at the end. */
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** For how long work goes on before others get their turn, in milliseconds. */
const STRETCH = 12;

/**
 * Runs steps to their end, each stretch by `within`. From the first promise on, the result is a promise too, which an
 * aborting signal ends with its reason.
 */
export function drive<T>(
  steps: Generator<Promise<unknown>, T, unknown>,
  within: <R>(fn: () => R) => R,
  signal?: AbortSignal | undefined,
): MaybePromise<T> {
  const advance = (stretch: () => IteratorResult<Promise<unknown>, T>): MaybePromise<T> => {
    const { done, value } = within(stretch);
    if (done === true) return value;
    return orAborted(value, signal).then(
      (result) => advance(() => steps.next(result)),
      (error: unknown) => advance(() => steps.throw(error)),
    );
  };
  return advance(() => steps.next());
}

/** Settles as the promise does, or rejects when the signal aborts before. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Called after each of `total` pieces of work; answers with what to wait for when a stretch is over. */
export function pauses(total: number, { signal, onProgress }: Control): () => Promise<void> | undefined {
  let done = 0;
  let last = performance.now();
  return () => {
    done += 1;
    if (done >= total) onProgress?.({ done: total, total });
    if (done >= total || performance.now() - last < STRETCH) return undefined;
    onProgress?.({ done, total });
    return nextTask().then(() => {
      signal?.throwIfAborted();
      last = performance.now();
    });
  };
}
