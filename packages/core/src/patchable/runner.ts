import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { indexPaths, type PathIndex } from '../graph/paths.js';
import { build, valuesOf } from '../graph/structure.js';
import type { TensorInfo, ValueId } from '../graph/types.js';
import type { Patch } from '../patch/patch.js';
import { blockOf, compile, downstream, type Program } from '../run/compile.js';
import type { Environment } from '../run/environment.js';
import { execute } from '../run/execute.js';
import type { Trace } from '../trace/types.js';

export type Patches = ReadonlyMap<ValueId, readonly Patch[]>;

/** Values of a run by id, tensors of the caller's. */
export interface RunValues {
  readonly values: Map<ValueId, tf.Tensor>;
  readonly kernelCount: number;
}

const NO_PATCHES: Patches = new Map();

/** Runs one traced graph with the parameters of its module. */
export class Runner {
  readonly index: PathIndex;
  private plain: Program | null = null;

  constructor(
    private readonly traced: Trace,
    private readonly parameters: ReadonlyMap<string, tf.Tensor>,
    private readonly runModule: Environment['runModule'],
  ) {
    this.index = indexPaths(traced.graph);
  }

  /** The result for the inputs, a structure of tensors of the caller's. */
  run(inputs: readonly unknown[], patches: Patches): unknown {
    const { graph } = this.traced;
    const wanted = valuesOf(graph.output);
    const program =
      patches.size === 0
        ? this.unpatched(wanted)
        : compile(blockOf(graph), { patched: new Set(patches.keys()), wanted, incremental: false });
    const tensors = this.execute(program, wanted, patches, this.arguments(inputs));
    return build(graph.output, (value) => tensors[wanted.indexOf(value)]);
  }

  /** Every value of an unpatched run. */
  runAll(inputs: readonly unknown[]): RunValues {
    const { graph } = this.traced;
    const wanted = graph.values.map((_, value) => value);
    const program = compile(blockOf(graph), { patched: new Set(), wanted, incremental: false });
    return this.collect(program, wanted, NO_PATCHES, this.arguments(inputs));
  }

  /** Every value that the patches affect, computed from the values of another run. */
  runDownstream(patches: Patches, given: (value: ValueId) => tf.Tensor): RunValues {
    const { graph } = this.traced;
    const patched = new Set(patches.keys());
    const wanted = [...downstream(graph, patched)];
    const program = compile(blockOf(graph), { patched, wanted, incremental: true });
    return this.collect(program, wanted, patches, given);
  }

  private unpatched(wanted: readonly ValueId[]): Program {
    this.plain ??= compile(blockOf(this.traced.graph), { patched: new Set(), wanted, incremental: false });
    return this.plain;
  }

  private collect(
    program: Program,
    wanted: readonly ValueId[],
    patches: Patches,
    given: (value: ValueId) => tf.Tensor,
  ): RunValues {
    const tensors = this.execute(program, wanted, patches, given);
    const values = new Map(wanted.map((value, position) => [value, tensors[position] as tf.Tensor]));
    return { values, kernelCount: program.kernelCount };
  }

  private execute(
    program: Program,
    wanted: readonly ValueId[],
    patches: Patches,
    given: (value: ValueId) => tf.Tensor,
  ): tf.Tensor[] {
    const { graph, constants } = this.traced;
    return execute(
      program,
      {
        given,
        parameter: (key) => alive(this.parameters.get(key) as tf.Tensor, `The module's '${key}'`),
        constant: (key) => constants.get(key) as tf.Tensor,
        patches,
        runModule: this.runModule,
        info: (value) => graph.values[value] as TensorInfo,
      },
      wanted,
    );
  }

  /** The argument tensors by the values that stand for them. */
  private arguments(inputs: readonly unknown[]): (value: ValueId) => tf.Tensor {
    const given = new Map<ValueId, tf.Tensor>();
    this.traced.graph.inputs.forEach((structure, position) => {
      const tensors = tensorsIn(inputs[position]);
      for (const [leaf, value] of valuesOf(structure).entries()) {
        given.set(value, alive(tensors[leaf] as tf.Tensor, `A tensor of argument ${position}`));
      }
    });
    return (value) => given.get(value) as tf.Tensor;
  }
}

/** The kernels of a replay do not check this, as tfjs's ops do. @throws InputError */
function alive(tensor: tf.Tensor, what: string): tf.Tensor {
  if (tensor.isDisposed) throw new InputError(`${what} is disposed.`);
  return tensor;
}

/** Tensors of an argument, in the order in which `valuesOf` lists their values. */
function tensorsIn(value: unknown): tf.Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(tensorsIn) : [];
}
