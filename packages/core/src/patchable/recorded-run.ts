import * as tf from '@tensorflow/tfjs';
import { type PathIndex, resolveValue } from '../graph/paths.js';
import { build } from '../graph/structure.js';
import type { ValueId } from '../graph/types.js';
import { listPatches, type PatchMap, resolvePatches } from './patch-map.js';
import type { Runner } from './runner.js';

/** A run whose values are kept (spec rule R2). It owns all of them until `dispose`. */
export class RecordedRun {
  constructor(
    private readonly runner: Runner,
    private readonly values: ReadonlyMap<ValueId, tf.Tensor>,
    private readonly base: RecordedRun | null,
    /** Kernels that this run executed. */
    readonly kernelCount: number,
    /** Paths whose value may differ from the run that this one was patched from. */
    readonly changed: readonly string[],
  ) {}

  /** The paths of the graph that was run. */
  get index(): PathIndex {
    return this.runner.index;
  }

  /** The value of a node. It stays this run's. @throws NodePathError */
  value(path: string): tf.Tensor {
    return this.at(resolveValue(this.runner.index, path));
  }

  /** The result, as the model returns it. Its tensors stay this run's. */
  get output(): unknown {
    return build(this.runner.index.graph.output, (value) => this.at(value));
  }

  /**
   * The same run with patches: only what lies downstream of them is computed, the rest is shared
   * with this run, which must live as long.
   * @throws NodePathError, SliceError, PatchError before anything runs
   */
  patch(map: PatchMap): RecordedRun {
    const { index } = this.runner;
    const patches = resolvePatches(index, listPatches(map));
    const { values, kernelCount } = this.runner.runDownstream(patches, (value) => this.at(value));
    const changed = [...values.keys()]
      .map((value) => index.pathOf.get(value))
      .filter((path) => path !== undefined);
    return new RecordedRun(this.runner, values, this, kernelCount, changed);
  }

  /** Frees the values of this run, not those that it shares with the run it was patched from. */
  dispose(): void {
    tf.dispose([...this.values.values()]);
  }

  private at(value: ValueId): tf.Tensor {
    return this.values.get(value) ?? (this.base as RecordedRun).at(value);
  }
}
