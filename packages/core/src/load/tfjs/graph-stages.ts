import type * as tf from '@tensorflow/tfjs';
import { partNames } from '../../graph/names.js';
import { FOREIGN, Module, OPAQUE } from '../../module/module.js';
import type { Ref } from './graph-def.js';
import type { GraphPlan, Stage } from './graph-plan.js';
import type { GraphWeights } from './graph-weights.js';
import type { KnownNumbers } from './known-numbers.js';
import { nodePlaces } from './node-places.js';
import { OpaqueStage, type Tables } from './opaque-stage.js';
import { hold, plainName } from './property-name.js';
import { RecordedStage } from './recorded-stage.js';
import { hiddenWeights, weightUses } from './weight-uses.js';

/** What a graph is run with. */
export interface GraphParts {
  readonly plan: GraphPlan;
  readonly weights: GraphWeights;
  readonly known: KnownNumbers;
  readonly tables: Tables;
}

/** A stage of a graph as a module: named tensors go out. */
export abstract class StageModule extends Module {
  override readonly [FOREIGN] = true;
  private readonly names: { readonly taken: readonly string[]; readonly given: readonly string[] };

  constructor({ takes, gives }: Stage) {
    super();
    this.names = { taken: namesOf(takes), given: namesOf(gives) };
  }

  override get inputNames(): readonly string[] {
    return this.names.taken;
  }

  abstract override forward(...taken: tf.Tensor[]): Named | Promise<Named>;

  protected named(tensors: readonly tf.Tensor[]): Named {
    return Object.fromEntries(this.names.given.map((name, index) => [name, tensors[index] as tf.Tensor]));
  }
}

type Named = Readonly<Record<string, tf.Tensor>>;

/** Nodes that are recorded. */
class GraphStage extends StageModule {
  static override readonly typeName: string = 'GraphStage';
  readonly $tfjs: RecordedStage;

  constructor(stage: Stage, parts: GraphParts) {
    super(stage);
    this.$tfjs = recordedStage(this, stage, parts);
  }

  override forward(...taken: tf.Tensor[]): Named {
    return this.named(this.$tfjs.run(this, taken));
  }
}

/** Nodes that run by themselves, such as control flow. Its floating-point weights are parameters. */
class OpaqueGraphStage extends StageModule {
  static override readonly typeName: string = 'OpaqueGraphStage';
  override readonly [OPAQUE] = true;
  readonly $tfjs: OpaqueStage;
  private readonly fed: readonly string[];

  constructor(stage: Stage, { plan, weights, tables }: GraphParts) {
    super(stage);
    const uses = weightUses(stage, plan);
    const names = [...uses.tensors];
    const places = nodePlaces(names);
    this.fed = names.map((name) => {
      const { scopes, name: last } = places.get(name) as { scopes: string[]; name: string };
      return hold(this, [...scopes, last].join('/'), weights.variables.get(name));
    });
    const own = new Set([...uses.numbers, ...hiddenWeights(stage, plan.graph, tables)]);
    for (const name of names) own.delete(name);
    const stored = [...weights.stored].filter(([name]) => own.has(name)).map(([, weight]) => weight);
    this.$tfjs = new OpaqueStage(plan, stage, names, stored, tables);
  }

  override async forward(...taken: tf.Tensor[]): Promise<Named> {
    const fed = this.fed.map((property) => Reflect.get(this, property) as tf.Tensor);
    return this.named(await this.$tfjs.run(taken, fed));
  }

  override dispose(): void {
    super.dispose();
    this.$tfjs.dispose();
  }
}

/** The module of a stage. */
export function stageModule(stage: Stage, parts: GraphParts): StageModule {
  return stage.kind === 'recorded' ? new GraphStage(stage, parts) : new OpaqueGraphStage(stage, parts);
}

/** Runs a recorded stage with the weights of `module`, which it puts there. */
export function recordedStage(
  module: Module,
  stage: Stage,
  { plan, weights, known }: GraphParts,
): RecordedStage {
  const { tensors } = weightUses(stage, plan);
  const own = [...weights.variables].filter(([name]) => tensors.has(name));
  return new RecordedStage(module, plan, stage, new Map(own), known);
}

/** Tensors are called like the ends of their nodes' names. */
function namesOf(refs: readonly Ref[]): string[] {
  return partNames(refs.map(({ node }) => plainName(node.split('/').at(-1) as string)));
}
