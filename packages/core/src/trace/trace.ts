import { UntraceableError } from '../errors.js';
import { type MaybePromise, recover } from '../memory/maybe-promise.js';
import { activeHandler, withHandler } from './calls.js';
import { refusals } from './refusals.js';
import { Tracer } from './tracer.js';
import type { Trace, Traceable, TraceNames, TraceOptions, TraceRequest } from './types.js';

/**
 * Runs `module.forward` and records every op of it (spec rules T1 and T4), again without those modules
 * that turn out to be untraceable. Frees everything it made but the constants. The trace of an
 * asynchronous `forward` is a promise; no other asynchronous one may begin until it is settled.
 * @throws UntraceableError if nothing is left to be made opaque; what `forward` and `onFailure` throw
 */
export function trace(
  module: Traceable,
  names: TraceNames,
  request: TraceRequest,
  options: TraceOptions,
): MaybePromise<Trace> {
  const { opaque } = request;
  for (const each of names.all) {
    if (opaque.has(each)) continue;
    const isWanted = options.isOpaque(each);
    if (!isWanted && names.isUnrecordable(each)) options.onFailure(refusals.runsByItself(each));
    if (isWanted || names.isUnrecordable(each)) opaque.add(each);
  }
  const attempt = (): MaybePromise<Trace> => {
    const tracer = new Tracer(names, request, options);
    const retry = (error: unknown): MaybePromise<Trace> => {
      const culprit = error instanceof UntraceableError ? (error.module as Traceable | null) : null;
      if (culprit === null || opaque.has(culprit)) throw error;
      options.onFailure(error as UntraceableError);
      opaque.add(culprit);
      return tracer.pending.length === 0 ? attempt() : Promise.all(tracer.pending).then(attempt);
    };
    return recover(() => withHandler(tracer, () => tracer.run(module, request.args)), retry);
  };
  const around = activeHandler();
  return around === null ? attempt() : around.aside(attempt);
}
