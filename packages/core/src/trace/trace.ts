import { UntraceableError } from '../errors.js';
import { isPromise, type MaybePromise } from '../memory/maybe-promise.js';
import { activeHandler, withHandler } from './calls.js';
import { Tracer } from './tracer.js';
import type { Trace, Traceable, TraceNames, TraceOptions, TraceRequest } from './types.js';

/**
 * Runs `module.forward` and records every op of it (spec rules T1 and T4), again without those modules
 * that turn out to be untraceable. Frees everything it made but the constants. The trace of an
 * asynchronous `forward` is a promise; no other trace may begin until it is settled.
 * @throws UntraceableError if nothing is left to be made opaque; what `forward` and `onFailure` throw
 */
export function trace(
  module: Traceable,
  names: TraceNames,
  request: TraceRequest,
  options: TraceOptions,
): MaybePromise<Trace> {
  if (activeHandler() !== null)
    throw new UntraceableError('A trace cannot begin while a module runs in one.');
  const opaque = new Set<Traceable>(names.all.filter((each) => options.isOpaque(each)));
  const attempt = (): MaybePromise<Trace> => {
    const tracer = new Tracer(names, opaque, request, options);
    try {
      const made = withHandler(tracer, () => tracer.run(module, request.args));
      return isPromise(made) ? made.catch(retry) : made;
    } catch (error) {
      return retry(error);
    }
  };
  const retry = (error: unknown): MaybePromise<Trace> => {
    const culprit = error instanceof UntraceableError ? (error.module as Traceable | null) : null;
    if (culprit === null || opaque.has(culprit)) throw error;
    options.onFailure(error as UntraceableError);
    opaque.add(culprit);
    return attempt();
  };
  return attempt();
}
