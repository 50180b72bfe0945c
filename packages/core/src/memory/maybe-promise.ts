/** A value that is there, or will be. */
export type MaybePromise<T> = T | Promise<T>;

/** True for promises and what acts like one. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** The same promise, whose rejection ends no process where nobody waits for it any more. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Goes on with a value now or when it is there. */
export function chain<T, R>(value: MaybePromise<T>, then: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? (value as Promise<T>).then(then) : then(value);
}

/** Goes on after an error, now or later. */
export function recover<T>(
  start: () => MaybePromise<T>,
  handle: (error: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const value = start();
    return isPromise(value) ? (value as Promise<T>).catch(handle) : value;
  } catch (error) {
    return handle(error);
  }
}

/** Goes on with a value now or when it is there; `last` runs in the end, also after an exception. */
export function finish<T, R>(
  start: () => MaybePromise<T>,
  then: (value: T) => R,
  last: () => void,
): MaybePromise<R> {
  let isWaiting = false;
  try {
    const value = start();
    if (!isPromise(value)) return then(value);
    isWaiting = true;
    return value.then(then).finally(last);
  } finally {
    if (!isWaiting) last();
  }
}
