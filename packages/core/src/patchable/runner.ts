import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { indexPaths, type PathIndex } from '../graph/paths.js';
import { build, valuesOf } from '../graph/structure.js';
import type { ScalarStructure, TensorInfo, ValueId } from '../graph/types.js';
import type { MaybePromise } from '../memory/maybe-promise.js';
import { tensorsIn } from '../memory/tensors-in.js';
import { applyPatches } from '../patch/apply.js';
import type { BatchPlan } from '../run/batch.js';
import { blockOf, compile, downstream, type Program } from '../run/compile.js';
import { type Derived, derivedFrom } from '../run/derived.js';
import type { Control } from '../run/drive.js';
import type { Environment } from '../run/environment.js';
import { execute, executeAsync } from '../run/execute.js';
import { ownConstants } from '../trace/constants.js';
import type { Overrides } from '../trace/scalars.js';
import type { Trace } from '../trace/types.js';
import { changeBlocks, stack } from './blocks.js';
import type { Patches } from './patch-map.js';

/** Values of a run by id, tensors of the caller's. */
export interface RunValues {
  readonly values: Map<ValueId, tf.Tensor>;
  readonly kernelCount: number;
}

/** Where a program finds the tensors that it starts from. */
export type Given = (value: ValueId) => tf.Tensor;

/** What a graph needs of the module that it is of. */
export interface Held {
  /** The tensor that the module holds under a dotted name now. @throws InputError if there is none */
  parameter(key: string): tf.Tensor;
  readonly runModule: Environment['runModule'];
  /** Remembers what the modules hold; the result takes back the tensors that were left in them since. */
  remember(): () => void;
}

/** Runs one traced graph with the parameters of its module. It owns the trace's constants. */
export class Runner {
  readonly index: PathIndex;
  private readonly hasOpaque: boolean;
  /** What follows from the weights alone, and is not held by kept runs. */
  readonly derived: Derived;
  private plain: Program | null = null;
  private holders = 1;

  constructor(
    readonly trace: Trace,
    private readonly held: Held,
    /** True for a model whose `forward` is asynchronous. */
    readonly isAsync: boolean,
    /** The patched numbers, booleans and strings that the trace was made with. */
    readonly overrides: Overrides,
  ) {
    this.index = indexPaths(trace.graph);
    this.derived = derivedFrom(trace.graph);
    this.hasOpaque = trace.graph.steps.some(({ kind }) => kind === 'opaque');
  }

  /** Keeps it usable until `release` was called once more. */
  retain(): void {
    this.holders += 1;
  }

  /** Frees the constants when nobody holds it any more. */
  release(): void {
    this.holders -= 1;
    if (this.holders === 0) tf.dispose(ownConstants(this.trace.constants));
  }

  /** The result for the inputs, a structure of tensors of the caller's; a promise from an asynchronous model. */
  run(inputs: readonly unknown[], patches: Patches): MaybePromise<unknown> {
    const { graph } = this.trace;
    // A graph from a file may give a value twice.
    const wanted = [...new Set(valuesOf(graph.output))];
    const program =
      patches.size === 0
        ? this.unpatched(wanted)
        : compile(blockOf(graph), { patched: new Set(patches.keys()), wanted, incremental: false });
    const environment = this.environment(patches, this.arguments(inputs));
    const scalar = ({ id, scalar: traced }: ScalarStructure) =>
      environment.scalars.has(id) ? environment.scalars.get(id) : traced;
    const result = (tensors: tf.Tensor[]) =>
      build(graph.output, (value) => tensors[wanted.indexOf(value)], scalar);
    return this.isAsync
      ? executeAsync(program, environment, wanted, {}).then(result)
      : result(this.execute(program, environment, wanted));
  }

  /** Every value of a run, but of those that follow from the weights alone only what patches affect. */
  async runAll(inputs: readonly unknown[], patches: Patches, control: Control): Promise<RunValues> {
    const { program, wanted } = this.everything(patches);
    const environment = this.environment(patches, this.arguments(inputs));
    const forget = this.hasOpaque ? this.held.remember() : null;
    try {
      return byValue(program, wanted, await executeAsync(program, environment, wanted, control));
    } finally {
      forget?.();
    }
  }

  /** The same at once, for a model that is not asynchronous. */
  runAllNow(inputs: readonly unknown[], patches: Patches): RunValues {
    const { program, wanted } = this.everything(patches);
    const environment = this.environment(patches, this.arguments(inputs));
    return byValue(program, wanted, this.execute(program, environment, wanted));
  }

  /** Every value that the patches affect, computed from the values of another run, which lacks those in `unkept`. */
  runDownstream(patches: Patches, given: Given, unkept: ReadonlySet<ValueId>): RunValues {
    const { graph } = this.trace;
    const patched = new Set(patches.keys());
    const wanted = [...downstream(graph, patched)];
    const program = compile(blockOf(graph), { patched, wanted, incremental: true, unkept });
    return byValue(program, wanted, this.execute(program, this.environment(patches, given), wanted));
  }

  /** A value that follows from the weights alone, computed from those of a run. The tensor is the caller's. */
  derive(value: ValueId, given: Given, unkept: ReadonlySet<ValueId>): tf.Tensor {
    const { steps } = this.derived;
    const block = { inputs: [], steps, valueCount: this.trace.graph.values.length };
    const program = compile(block, { patched: new Set(), wanted: [value], incremental: true, unkept });
    return execute(program, this.environment(new Map(), given), [value])[0] as tf.Tensor;
  }

  /**
   * The tensors of the output for several copies of a kept run, stacked as `plan` says, each with its patches after
   * those that all share; null where a module that runs by itself would have to take part.
   */
  runBatch(
    plan: BatchPlan,
    copies: readonly Patches[],
    shared: Patches,
    given: Given,
    unkept: ReadonlySet<ValueId>,
  ): tf.Tensor[] | null {
    const count = copies.length;
    const graph = plan.graph(count);
    const patched = new Set([...shared.keys(), ...copies.flatMap((patches) => [...patches.keys()])]);
    const wanted = valuesOf(graph.output);
    const program = compile(blockOf(graph), { patched, wanted, incremental: true, unkept });
    if (program.instructions.some(({ kind }) => kind === 'opaque')) return null;
    const axisOf = (value: ValueId) => plan.axes[value] ?? null;
    const single = this.environment(shared, given);
    const patch: Environment['patch'] = (value, tensor) => {
      const axis = axisOf(value);
      if (axis === null) return single.patch(value, tensor);
      return changeBlocks(tensor, { axis, count }, (copy, read) => {
        const patches = [...(shared.get(value) ?? []), ...(copies[copy]?.get(value) ?? [])];
        return patches.length === 0 ? null : applyPatches(patches, read(), single.info(value));
      });
    };
    const copied: Given = (value) => {
      const axis = axisOf(value);
      return axis === null ? given(value) : stack(given(value), { axis, count });
    };
    return execute(
      program,
      { ...single, given: copied, patch: (...args) => tf.tidy(() => patch(...args)) },
      wanted,
    );
  }

  /** Modules that run by themselves hold nothing afterwards that was freed with the run. */
  private execute(program: Program, environment: Environment, wanted: readonly ValueId[]): tf.Tensor[] {
    const forget = this.hasOpaque ? this.held.remember() : null;
    try {
      return execute(program, environment, wanted);
    } finally {
      forget?.();
    }
  }

  private everything(patches: Patches): { program: Program; wanted: ValueId[] } {
    const { graph } = this.trace;
    const patched = new Set(patches.keys());
    const affected = downstream(graph, patched);
    const isHeld = (value: ValueId) => affected.has(value) || !this.derived.values.has(value);
    const wanted = [...graph.values.keys()].filter(isHeld);
    return { wanted, program: compile(blockOf(graph), { patched, wanted, incremental: false }) };
  }

  private unpatched(wanted: readonly ValueId[]): Program {
    this.plain ??= compile(blockOf(this.trace.graph), { patched: new Set(), wanted, incremental: false });
    return this.plain;
  }

  private environment(patches: Patches, given: Given): Environment {
    const { graph, constants } = this.trace;
    const info = (value: ValueId) => graph.values[value] as TensorInfo;
    return {
      given,
      parameter: (key) => alive(this.held.parameter(key), `The module's '${key}'`),
      constant: (key) => constants.get(key) as tf.Tensor,
      patch: (value, tensor) => applyPatches(patches.get(value) ?? [], tensor, info(value)),
      runModule: this.held.runModule,
      scalars: new Map(),
      info,
      where: (value) => this.where(value),
      within: (fn) => fn(),
    };
  }

  /** The path of the node that a value is or, as what an op computes in between, belongs to. */
  private where(value: ValueId): string | null {
    const { pathOf, graph } = this.index;
    for (let id = value; id < graph.values.length; id += 1) {
      const path = pathOf.get(id);
      if (path !== undefined) return path;
    }
    return null;
  }

  /** The argument tensors by the values that stand for them. */
  private arguments(inputs: readonly unknown[]): Given {
    const given = new Map<ValueId, tf.Tensor>();
    this.trace.graph.inputs.forEach((structure, position) => {
      const tensors = tensorsIn(inputs[position]);
      for (const [leaf, value] of valuesOf(structure).entries()) {
        given.set(value, alive(tensors[leaf] as tf.Tensor, `A tensor of argument ${position}`));
      }
    });
    return (value) => given.get(value) as tf.Tensor;
  }
}

function byValue(program: Program, wanted: readonly ValueId[], tensors: readonly tf.Tensor[]): RunValues {
  const values = new Map(wanted.map((value, position) => [value, tensors[position] as tf.Tensor]));
  return { values, kernelCount: program.kernelCount };
}

/** The kernels of a replay do not check this, as tfjs's ops do. @throws InputError */
function alive(tensor: tf.Tensor, what: string): tf.Tensor {
  if (tensor.isDisposed) throw new InputError(`${what} is disposed.`);
  return tensor;
}
