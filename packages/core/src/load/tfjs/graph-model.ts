import * as tf from '@tensorflow/tfjs';
import { TensorModel, type TensorModelOutput } from '../../models/tensor-model.js';
import { OPAQUE } from '../../module/module.js';
import { keyOf, readGraphDef } from './graph-def.js';
import { type GraphPlan, planGraph, type Stage } from './graph-plan.js';
import { type GraphParts, recordedStage, type StageModule, stageModule } from './graph-stages.js';
import { readGraphWeights } from './graph-weights.js';
import { KnownNumbers } from './known-numbers.js';
import { readMetadata } from './metadata.js';
import type { ModelJson } from './model-json.js';
import type { RecordedStage } from './recorded-stage.js';
import type { LoadWeights } from './weight-reader.js';
import { weightNeeds } from './weight-uses.js';

type Specs = Pick<TensorModel, 'inputs' | 'outputs' | 'classification'>;

/** A graph whose nodes are all recorded: they are nodes of the model. */
class GraphTensorModel extends TensorModel {
  static override readonly typeName: string = 'GraphModel';
  readonly inputs: Specs['inputs'];
  readonly outputs: Specs['outputs'];
  readonly classification: Specs['classification'];
  readonly $tfjs: GraphCode;

  constructor({ inputs, outputs, classification }: Specs, stage: Stage, parts: GraphParts) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    this.classification = classification;
    this.$tfjs = new GraphCode(parts.plan, stage, recordedStage(this, stage, parts));
  }

  override forward(...inputs: tf.Tensor[]): TensorModelOutput {
    this.checkInputs(inputs);
    const { plan, stage, recorded } = this.$tfjs;
    const run = new GraphRun(plan, inputs);
    run.give(stage, recorded.run(this, run.take(stage)));
    return this.named(run.outputs());
  }
}

/** How a model runs its graph. An instance of a class is no part of what a module holds. */
class GraphCode {
  constructor(
    readonly plan: GraphPlan,
    readonly stage: Stage,
    readonly recorded: RecordedStage,
  ) {}
}

/** A graph of which parts run by themselves: it waits for them, and its stages are submodules. */
class StagedGraphModel extends TensorModel {
  static override readonly typeName: string = 'StagedGraphModel';
  override readonly [OPAQUE] = true;
  readonly inputs: Specs['inputs'];
  readonly outputs: Specs['outputs'];
  readonly classification: Specs['classification'];
  readonly stages: readonly StageModule[];
  readonly $tfjs: StagedCode;

  constructor({ inputs, outputs, classification }: Specs, parts: GraphParts) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    this.classification = classification;
    this.stages = parts.plan.stages.map((stage) => stageModule(stage, parts));
    this.$tfjs = new StagedCode(parts.plan);
  }

  override async forward(...inputs: tf.Tensor[]): Promise<TensorModelOutput> {
    this.checkInputs(inputs);
    const { plan } = this.$tfjs;
    const run = new GraphRun(plan, inputs);
    try {
      for (const [index, stage] of plan.stages.entries()) {
        const module = this.stages[index] as StageModule;
        run.give(stage, Object.values(await module.apply(...run.take(stage))));
      }
      return this.named(run.outputs());
    } finally {
      run.dispose();
    }
  }

  override dispose(): void {
    super.dispose();
    for (const stage of this.stages) stage.dispose();
  }
}

class StagedCode {
  constructor(readonly plan: GraphPlan) {}
}

/** The tensors of a graph in one run. */
class GraphRun {
  private readonly tensors = new Map<string, tf.Tensor>();
  private readonly given: ReadonlySet<tf.Tensor>;
  private kept: readonly tf.Tensor[] = [];

  constructor(
    private readonly plan: GraphPlan,
    inputs: readonly tf.Tensor[],
  ) {
    this.given = new Set(inputs);
    for (const [index, { ref }] of plan.inputs.entries())
      this.tensors.set(keyOf(ref), inputs[index] as tf.Tensor);
  }

  take({ takes }: Stage): tf.Tensor[] {
    return takes.map((ref) => this.tensors.get(keyOf(ref)) as tf.Tensor);
  }

  give({ gives }: Stage, tensors: readonly tf.Tensor[]): void {
    for (const [index, ref] of gives.entries()) this.tensors.set(keyOf(ref), tensors[index] as tf.Tensor);
  }

  /** What the graph computes, which is the caller's. */
  outputs(): tf.Tensor[] {
    const tensors = this.plan.outputs.map(({ ref }) => this.tensors.get(keyOf(ref)) as tf.Tensor);
    const own = tensors.map((tensor, index) =>
      this.given.has(tensor) || tensors.indexOf(tensor) < index ? tensor.clone() : tensor,
    );
    this.kept = own;
    return own;
  }

  /** Frees what stages gave each other. */
  dispose(): void {
    for (const tensor of this.tensors.values())
      if (!this.given.has(tensor) && !this.kept.includes(tensor)) tensor.dispose();
  }
}

/**
 * Prepares a graph model, and gives what loads its weights: a graph that cannot be run costs no download.
 * @throws CheckpointError
 */
export function prepareGraphModel(json: ModelJson): LoadWeights {
  const graph = readGraphDef(json);
  const listed = json.weightsManifest.flatMap(({ weights }) => weights);
  const sizes = new Map(listed.map(({ name, shape }) => [name, tf.util.sizeFromShape(shape)]));
  const plan = planGraph(graph, sizes);
  const inputs = plan.inputs.map(({ spec }) => spec);
  const outputs = plan.outputs.map(({ spec }) => spec);
  const classification = readMetadata(json.userDefinedMetadata, inputs, outputs);
  return async (stored) => {
    const weights = await readGraphWeights(stored, weightNeeds(plan, json));
    const isKnown = (name: string) => ['known', 'weight'].includes(plan.kinds.of(name));
    const known = new KnownNumbers(graph.nodes, weights.numbers, isKnown);
    const parts: GraphParts = { plan, weights, known, tables: json };
    const specs = { inputs, outputs, classification };
    try {
      const [only] = plan.stages;
      return only !== undefined && plan.stages.length === 1 && only.kind === 'recorded'
        ? new GraphTensorModel(specs, only, parts)
        : new StagedGraphModel(specs, parts);
    } catch (error) {
      tf.dispose([...weights.variables.values()]);
      throw error;
    }
  };
}
