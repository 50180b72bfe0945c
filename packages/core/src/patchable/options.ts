import { UntraceableError } from '../errors.js';
import { checkGraph } from '../graph/check.js';
import type { Graph } from '../graph/types.js';
import type { Module } from '../module/module.js';
import type { TraceOptions } from '../trace/types.js';

/** How a model becomes a graph (spec rule T8). */
export interface ExtractionOptions {
  /** Records nothing: all modules run by themselves, and only what goes in and out of them can be patched. */
  readonly skipCompilation?: boolean;
  /** Classes whose modules run by themselves; their submodules are still recorded. */
  readonly classesToSkipCompiling?: readonly ModuleClass[];
  /** Throws where a module cannot be recorded, instead of letting it run by itself. */
  readonly errorOnCompilationFailure?: boolean;
  /** Tells in the console where a module cannot be recorded. */
  readonly warnOnCompilationFailure?: boolean;
  /**
   * Whether submodules may stay unused by the example inputs; by default the opposite of
   * `errorOnCompilationFailure`.
   */
  readonly allowUnusedSubmodules?: boolean;
  /**
   * Functions that are recorded in place of `forward` for modules of a class, such as one that says with tensor
   * operations what `forward` does by reading values. Where they cannot be recorded, the module runs by itself.
   */
  readonly customExtractionFunctions?: ReadonlyMap<ModuleClass, ExtractionFunction>;
  /** Called with each graph that was recorded; may return another one, such as with other names. */
  readonly postprocessingFunction?: (graph: Graph) => Graph | undefined;
  /** Whether `generate` takes its defaults from the model's `generationConfig`; true if left out. */
  readonly copyGenerationConfig?: boolean;
}

/** A class of modules. */
export type ModuleClass = abstract new (...args: never[]) => Module;

/** Computes what a module computes, with tensor operations and calls of its submodules. */
export type ExtractionFunction = (module: never, ...inputs: never[]) => unknown;

/** What the tracer is to do with each module. */
export function traceOptions(options: ExtractionOptions): TraceOptions {
  const classes = options.classesToSkipCompiling ?? [];
  const custom = [...(options.customExtractionFunctions ?? [])];
  return {
    isOpaque: (module) => options.skipCompilation === true || classes.some((each) => module instanceof each),
    forwardFor: (module) =>
      custom.find(([each]) => module instanceof each)?.[1] as ReturnType<TraceOptions['forwardFor']>,
    onFailure(error: UntraceableError) {
      if (options.errorOnCompilationFailure === true) throw error;
      // biome-ignore lint/suspicious/noConsole: the option asks for it.
      if (options.warnOnCompilationFailure === true) console.warn(error.message);
    },
  };
}

/** What is done to each graph after it was recorded. @throws GraphError for a changed graph that is not sound */
export function graphProcessor({ postprocessingFunction }: ExtractionOptions): (graph: Graph) => Graph {
  return (graph) => {
    const changed = postprocessingFunction?.(graph) ?? graph;
    if (changed !== graph) checkGraph(changed);
    return changed;
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
