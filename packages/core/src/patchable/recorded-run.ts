import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { differingValues } from '../graph/compare.js';
import { type PathIndex, resolveValue } from '../graph/paths.js';
import { build } from '../graph/structure.js';
import type { Graph, ValueId } from '../graph/types.js';
import type { PlacedPatch } from '../patch/placed-patch.js';
import { downstream, recomputed } from '../run/compile.js';
import {
  joinPatches,
  listPatches,
  type Patches,
  type PatchMap,
  resolvePatches,
  touchScalars,
} from './patch-map.js';
import type { Runner } from './runner.js';
import { runVariants, type VariantOptions } from './variants.js';

/** What a run needs from the graph that it is of. */
export interface Origin {
  /** Runs inputs with patches in full and keeps every value. */
  rerun(inputs: readonly unknown[], placed: readonly PlacedPatch[], since: Since): RecordedRun;
  /** The runner for inputs, or null if they cannot be traced like the ones of a run. */
  runnerFor(inputs: readonly unknown[]): Runner | null;
}

/** What a run that ran in full was patched from: the graph of that run, and the patches added. */
export interface Since {
  readonly graph: Graph;
  readonly added: readonly PlacedPatch[];
}

/** What makes a run. */
interface RunParts {
  readonly runner: Runner;
  readonly origin: Origin;
  readonly values: ReadonlyMap<ValueId, tf.Tensor>;
  /** The run that it was patched from and shares values with. */
  readonly base: RecordedRun | null;
  /** All that it was made with, those of the run it was patched from included. */
  readonly placed: readonly PlacedPatch[];
  readonly kernelCount: number;
  readonly since: Since | null;
}

/** Numbers on the CPU with their shape. */
export interface HostValues {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: ArrayLike<number>;
}

/**
 * A run whose values are kept (spec rule R2). It owns all of them until `dispose`. What follows from the weights alone,
 * such as a matrix that is unpacked for use, is not among them but computed when it is asked for.
 */
export class RecordedRun {
  /** Kernels that this run executed. */
  readonly kernelCount: number;
  /** Values that follow from the weights alone and have been asked for. */
  private readonly asked = new Map<ValueId, tf.Tensor>();
  private isDisposed = false;

  constructor(private readonly parts: RunParts) {
    this.kernelCount = parts.kernelCount;
    // A `tf.tidy` around does not free them.
    for (const tensor of parts.values.values()) tf.keep(tensor);
    parts.runner.retain();
  }

  /** The paths of the graph that was run. */
  get index(): PathIndex {
    return this.parts.runner.index;
  }

  /** Paths whose value may differ from the run that this one was patched from. */
  get changed(): readonly string[] {
    const { graph, pathOf } = this.index;
    const { base, values, since } = this.parts;
    let changed: Iterable<ValueId> = base === null ? [] : values.keys();
    if (since !== null) {
      const differing = differingValues(since.graph, graph);
      const patched = resolvePatches(this.index, since.added).keys();
      changed =
        differing === null ? graph.values.keys() : downstream(graph, new Set([...differing, ...patched]));
    }
    return [...changed].map((value) => pathOf.get(value)).filter((path) => path !== undefined);
  }

  /** The value of a node. It stays this run's. @throws NodePathError */
  value(path: string): tf.Tensor {
    return this.at(resolveValue(this.index, path));
  }

  /** The numbers of a node on the CPU. Nothing stays allocated for it. @throws NodePathError */
  async read(path: string): Promise<HostValues> {
    const value = resolveValue(this.index, path);
    this.checkAlive();
    const held = this.held(value);
    const tensor = held ?? this.derive(value);
    try {
      return { shape: tensor.shape, dtype: tensor.dtype, values: await tensor.data() };
    } finally {
      if (held === undefined) tensor.dispose();
    }
  }

  /** The arguments. Their tensors stay this run's. */
  get inputs(): unknown[] {
    return this.index.graph.inputs.map((input) => build(input, (value) => this.at(value)));
  }

  /** The result, as the model returns it. Its tensors stay this run's. */
  get output(): unknown {
    return build(this.index.graph.output, (value) => this.at(value));
  }

  /**
   * The same run with further patches, as views compose: only what lies downstream of them is
   * computed, the rest is shared with this run, which must live as long. Patches on numbers, booleans and strings
   * change the graph itself, so that all of it runs again.
   * @throws NodePathError, SliceError, PatchError before anything runs; InputError for an asynchronous model
   */
  patch(map: PatchMap): RecordedRun {
    this.checkAlive();
    const { runner, origin, placed: own } = this.parts;
    const added = listPatches(map);
    const placed = [...own, ...added];
    if (runner.isAsync)
      throw new InputError('This model is asynchronous: use await graph.patch(map).record(inputs).');
    const patches = resolvePatches(this.index, added);
    if (touchScalars(this.index, added))
      return origin.rerun(this.inputs, placed, { graph: this.index.graph, added });
    const due = joinPatches(this.ownDue(new Set(patches.keys())), patches);
    const { values, kernelCount } = runner.runDownstream(due, (value) => this.at(value), this.unkept());
    return new RecordedRun({ runner, origin, values, base: this, placed, kernelCount, since: null });
  }

  /**
   * The output of this run under each of many sets of patches, in their order, equal to that of `patch`. Variants
   * share batched executions where the model treats the first axis of its inputs as a batch, which is checked (spec
   * rule R3). The tensors of the results are the caller's.
   * @throws what `patch` throws, before anything runs; the reason of an aborting `signal`, with everything freed
   */
  runVariants<R extends tf.TensorContainer = tf.TensorContainer>(
    maps: readonly PatchMap[],
    options: VariantOptions<R> = {},
  ): Promise<R[]> {
    const { runner, origin } = this.parts;
    const source = {
      runner,
      inputs: this.inputs,
      at: (value: ValueId) => this.at(value),
      unkept: this.unkept(),
      ownDue: (changed: ReadonlySet<ValueId>) => this.ownDue(changed),
      runnerFor: (inputs: readonly unknown[]) => origin.runnerFor(inputs),
      patch: (map: PatchMap) => this.patch(map),
    };
    return runVariants(source, maps, options);
  }

  /** Frees the values of this run, not those that it shares with the run it was patched from. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    tf.dispose([...this.parts.values.values(), ...this.asked.values()]);
    this.parts.runner.release();
  }

  /** Patches of this run that have to be applied again where others change these values. */
  private ownDue(changed: ReadonlySet<ValueId>): Patches {
    const again = recomputed(this.index.graph, changed);
    return new Map([...resolvePatches(this.index, this.parts.placed)].filter(([value]) => again.has(value)));
  }

  private checkAlive(): void {
    if (!this.isDisposed) return;
    throw new InputError('This run, or the one it was patched from, is disposed; record the inputs again.');
  }

  private at(value: ValueId): tf.Tensor {
    this.checkAlive();
    const held = this.held(value);
    if (held !== undefined) return held;
    const made = tf.keep(this.derive(value));
    this.asked.set(value, made);
    return made;
  }

  /** A value that this run or one that it was patched from holds. */
  private held(value: ValueId): tf.Tensor | undefined {
    const { values, base } = this.parts;
    base?.checkAlive();
    return values.get(value) ?? this.asked.get(value) ?? base?.held(value);
  }

  private derive(value: ValueId): tf.Tensor {
    return this.parts.runner.derive(value, (other) => this.at(other), this.unkept());
  }

  /** What follows from the weights alone and is not held. Only patches make a run hold such values. */
  private unkept(): ReadonlySet<ValueId> {
    const { runner, placed } = this.parts;
    const { values } = runner.derived;
    return placed.length === 0 ? values : new Set([...values].filter((value) => !this.holds(value)));
  }

  private holds(value: ValueId): boolean {
    const { values, base } = this.parts;
    return values.has(value) || base?.holds(value) === true;
  }
}
