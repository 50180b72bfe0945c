import type { PathIndex } from '../graph/paths.js';
import type { Module } from '../module/module.js';
import type { PlacedPatch } from '../patch/placed-patch.js';

/** What generation needs of a graph. */
export interface GenerationHost {
  /** The language model; its inputs are `[inputIds]` or `[inputIds, null, past]`. */
  readonly module: Module;
  /** True where the graph without patches computes what the module's own `forward` does. */
  readonly isAsWritten: boolean;
  /** Whether the model's `generationConfig` gives defaults. */
  readonly usesGenerationConfig: boolean;
  /** Runs the graph with patches. The result's tensors are the caller's; it may be a promise. */
  run(inputs: readonly unknown[], patches: readonly PlacedPatch[]): unknown;
  /** The paths of the unpatched graph for inputs like these, which stay the caller's. */
  graphFor(inputs: readonly unknown[]): Promise<PathIndex>;
}
