import * as tf from '@tensorflow/tfjs';
import { inputsOf, outputsOf } from '../graph/steps.js';
import { valuesOf } from '../graph/structure.js';
import type { AliasStep, Graph, OpaqueStep, Step, TensorInfo, ValueId } from '../graph/types.js';
import { type Cost, checkKernel } from './check-kernels.js';
import type { Item } from './item.js';
import { MAX_ALIASES } from './limits.js';
import type { ModuleNames } from './module-names.js';
import type { Held, ReadModule } from './read-objects.js';

/** The tensors and modules that the steps of a graph name. */
export interface Referred {
  readonly names: ModuleNames;
  /** Shape and dtype of each tensor of the file. */
  readonly tensors: readonly TensorInfo[];
  /** Numbers of the graph's constants, by key. */
  readonly constants: ReadonlyMap<string, number>;
}

/** Checks that steps refer to what is there, and make what their graph says. */
export class StepCheck {
  /** What each kernel costs, of the steps that were checked. */
  readonly costs = new Map<Step, Cost>();
  private readonly aliases = new Map<ValueId, number>();
  private readonly contents = new Map<ReadModule, ReadonlyMap<string, Held>>();

  constructor(
    private readonly graph: Graph,
    private readonly referred: Referred,
    private readonly item: Item,
  ) {}

  /** Checks the whole graph. @throws GraphFileError that names the step, those inside of opaque modules included */
  checkAll(): void {
    const { inputs, steps, output } = this.graph;
    const known = new Set(inputs.flatMap(valuesOf));
    this.check(steps, known, 'steps');
    this.checkKnown(valuesOf(output), known, 'output');
  }

  /** Steps that run together know the values in `known` and those they make, not those of calls inside of them. */
  private check(steps: readonly Step[], known: Set<ValueId>, place: string): void {
    for (const [position, step] of steps.entries()) {
      const here = `${place}[${position}]`;
      this.checkKnown(inputsOf(step), known, here);
      try {
        this.checkStep(step);
      } catch (error) {
        const name = step.kind === 'kernel' ? step.kernel : step.kind;
        throw this.item.error(`${here} (${name}): ${(error as Error).message}`);
      }
      const made = step.kind === 'opaque' ? valuesOf(step.output) : outputsOf(step);
      for (const value of made) known.add(value);
      if (step.kind !== 'opaque') continue;
      for (const [i, call] of step.calls.entries()) {
        const inside = new Set(call.inputs.flatMap(valuesOf));
        this.check(call.steps, inside, `${here}.calls[${i}].steps`);
        this.checkKnown(valuesOf(call.output), inside, `${here}.calls[${i}].output`);
      }
    }
  }

  private checkKnown(values: readonly ValueId[], known: ReadonlySet<ValueId>, place: string): void {
    const lost = values.find((value) => !known.has(value));
    if (lost !== undefined) throw this.item.error(`${place}: the value ${lost} is made elsewhere`);
  }

  private checkStep(step: Step): void {
    const { names, tensors, constants } = this.referred;
    switch (step.kind) {
      case 'kernel':
        this.costs.set(step, checkKernel(step, this.graph));
        break;
      case 'alias':
        this.checkAlias(step);
        break;
      case 'parameter':
        this.checkTensor(step.to, tensors[found(names.tensors.get(step.key), `tensor '${step.key}'`)]);
        break;
      case 'constant':
        this.checkTensor(step.to, tensors[constants.get(step.key) as number]);
        break;
      case 'opaque':
        this.checkOpaque(step);
    }
  }

  private checkAlias({ from, to }: AliasStep): void {
    this.checkTensor(from, this.graph.values[to]);
    const depth = (this.aliases.get(from) ?? 0) + 1;
    if (depth > MAX_ALIASES) throw new Error(`a tensor has over ${MAX_ALIASES} names in a row`);
    this.aliases.set(to, depth);
  }

  private checkOpaque({ module, parameters, calls }: OpaqueStep): void {
    const { names, tensors } = this.referred;
    const owner = found(names.modules.get(module), `module '${module}'`);
    for (const { name, value } of parameters) {
      const held = this.contentsOf(owner).get(name);
      if (held?.kind !== 'tensor') throw new Error(`the module '${module}' holds no tensor '${name}'`);
      this.checkTensor(value, tensors[held.id]);
    }
    for (const call of calls) found(names.modules.get(call.module), `module '${call.module}'`);
  }

  private contentsOf(module: ReadModule): ReadonlyMap<string, Held> {
    const known = this.contents.get(module) ?? new Map(module.contents);
    this.contents.set(module, known);
    return known;
  }

  private checkTensor(value: ValueId, wanted: TensorInfo | undefined): void {
    const { shape, dtype } = this.graph.values[value] as TensorInfo;
    if (wanted !== undefined && dtype === wanted.dtype && tf.util.arraysEqual([...shape], [...wanted.shape]))
      return;
    throw new Error(
      `${dtype} [${shape.join(', ')}] stands for a tensor of ${wanted?.dtype} [${wanted?.shape.join(', ')}]`,
    );
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the model holds no ${what}`);
  return value;
}
