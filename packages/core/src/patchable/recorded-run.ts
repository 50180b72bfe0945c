import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { type PathIndex, resolveValue } from '../graph/paths.js';
import { build } from '../graph/structure.js';
import type { ValueId } from '../graph/types.js';
import type { Patch } from '../patch/patch.js';
import { recomputed } from '../run/compile.js';
import { listPatches, type PatchMap, resolvePatches } from './patch-map.js';
import type { Patches, Runner } from './runner.js';

/** A run whose values are kept (spec rule R2). It owns all of them until `dispose`. */
export class RecordedRun {
  private isDisposed = false;

  constructor(
    private readonly runner: Runner,
    private readonly values: ReadonlyMap<ValueId, tf.Tensor>,
    private readonly base: RecordedRun | null,
    /** All that this run was made with, those of the run it was patched from included. */
    private readonly patches: Patches,
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
   * The same run with further patches, as views compose: only what lies downstream of them is
   * computed, the rest is shared with this run, which must live as long.
   * @throws NodePathError, SliceError, PatchError before anything runs
   */
  patch(map: PatchMap): RecordedRun {
    const { index } = this.runner;
    const added = resolvePatches(index, listPatches(map));
    const { values, kernelCount } = this.runner.runDownstream(this.due(added), (value) => this.at(value));
    const changed = [...values.keys()]
      .map((value) => index.pathOf.get(value))
      .filter((path) => path !== undefined);
    return new RecordedRun(this.runner, values, this, append(this.patches, added), kernelCount, changed);
  }

  /** Frees the values of this run, not those that it shares with the run it was patched from. */
  dispose(): void {
    this.isDisposed = true;
    tf.dispose([...this.values.values()]);
  }

  /** What to apply to this run's values: the new patches, and its own where values are computed again. */
  private due(added: Patches): Patches {
    const again = recomputed(this.index.graph, new Set(added.keys()));
    return append(new Map([...this.patches].filter(([value]) => again.has(value))), added);
  }

  private at(value: ValueId): tf.Tensor {
    if (this.isDisposed) {
      throw new InputError('This run, or the one it was patched from, is disposed; record the inputs again.');
    }
    return this.values.get(value) ?? (this.base as RecordedRun).at(value);
  }
}

function append(patches: Patches, added: Patches): Map<ValueId, readonly Patch[]> {
  const all = new Map(patches);
  for (const [value, more] of added) all.set(value, [...(all.get(value) ?? []), ...more]);
  return all;
}
