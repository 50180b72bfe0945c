import { UntraceableError } from '../errors.js';
import type { Module } from '../module/module.js';
import type { TraceOptions } from '../trace/trace.js';

/** How a model becomes a graph (spec rule T8). */
export interface ExtractionOptions {
  /** Records nothing: all modules run by themselves, and only what goes in and out of them can be patched. */
  readonly skipCompilation?: boolean;
  /** Classes whose modules run by themselves; their submodules are still recorded. */
  readonly classesToSkipCompiling?: readonly (abstract new (
    ...args: never[]
  ) => Module)[];
  /** Throws where a module cannot be recorded, instead of letting it run by itself. */
  readonly errorOnCompilationFailure?: boolean;
  /** Tells in the console where a module cannot be recorded. */
  readonly warnOnCompilationFailure?: boolean;
  /**
   * Whether submodules may stay unused by the example inputs; by default the opposite of
   * `errorOnCompilationFailure`.
   */
  readonly allowUnusedSubmodules?: boolean;
}

/** What the tracer is to do with each module. */
export function traceOptions(options: ExtractionOptions): TraceOptions {
  const classes = options.classesToSkipCompiling ?? [];
  return {
    isOpaque: (module) => options.skipCompilation === true || classes.some((each) => module instanceof each),
    onFailure(error: UntraceableError) {
      if (options.errorOnCompilationFailure === true) throw error;
      // biome-ignore lint/suspicious/noConsole: the option asks for it.
      if (options.warnOnCompilationFailure === true) console.warn(error.message);
    },
  };
}

/** @throws UntraceableError for submodules that were never called, where they are not allowed */
export function checkUnused(unused: readonly string[], options: ExtractionOptions): void {
  const isAllowed = options.allowUnusedSubmodules ?? options.errorOnCompilationFailure !== true;
  if (isAllowed || unused.length === 0) return;
  throw new UntraceableError(
    `The example inputs never reach ${unused.join(', ')}; allowUnusedSubmodules allows that.`,
  );
}
