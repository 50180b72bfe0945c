import { UntraceableError } from '../errors.js';
import { activeHandler, withHandler } from './calls.js';
import { Tracer } from './tracer.js';
import type { Trace, Traceable, TraceNames } from './types.js';

export interface TraceOptions {
  /** Modules that are not to be recorded. */
  isOpaque(module: Traceable): boolean;
  /** Told of a module that cannot be recorded; unless this throws, it becomes opaque (spec rule T7). */
  onFailure(error: UntraceableError): void;
}

/**
 * Runs `module.forward` on `args` and records every op of it (spec rules T1 and T4), again without
 * those modules that turn out to be untraceable. Frees everything it made but the constants.
 * @throws UntraceableError if nothing is left to be made opaque; what `forward` and `onFailure` throw
 */
export function trace(
  module: Traceable,
  names: TraceNames,
  args: readonly unknown[],
  options: TraceOptions,
): Trace {
  if (activeHandler() !== null)
    throw new UntraceableError('A trace cannot begin while a module runs in one.');
  const opaque = new Set<object>(
    [module, ...names.modules.values()].filter((each) => options.isOpaque(each)),
  );
  for (;;) {
    const tracer = new Tracer(names, opaque);
    try {
      return withHandler(tracer, () => tracer.run(module, args));
    } catch (error) {
      const isNew = error instanceof UntraceableError && error.module !== null && !opaque.has(error.module);
      if (!isNew) throw error;
      options.onFailure(error);
      opaque.add(error.module as object);
    }
  }
}
