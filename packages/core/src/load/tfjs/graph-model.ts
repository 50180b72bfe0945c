import * as tf from '@tensorflow/tfjs';
import { TensorModel, type TensorModelOutput, type TensorModelSpecs } from '../../models/tensor-model.js';
import { FOREIGN, OPAQUE } from '../../module/module.js';
import { readGraphDef } from './graph-def.js';
import { type GraphPlan, planGraph, type Stage } from './graph-plan.js';
import { GraphRun } from './graph-run.js';
import { type GraphParts, recordedStage, type StageModule, stageModule } from './graph-stages.js';
import { readGraphWeights } from './graph-weights.js';
import { KnownNumbers } from './known-numbers.js';
import { readMetadata } from './metadata.js';
import type { ModelJson } from './model-json.js';
import type { RecordedStage } from './recorded-stage.js';
import type { LoadWeights } from './weight-reader.js';
import { weightNeeds } from './weight-uses.js';

/** A graph whose nodes are all recorded: they are nodes of the model. */
class GraphTensorModel extends TensorModel {
  static override readonly typeName: string = 'GraphModel';
  override readonly [FOREIGN] = true;
  readonly $tfjs: RecordedStage;

  constructor(specs: TensorModelSpecs, stage: Stage, parts: GraphParts) {
    super(specs);
    this.$tfjs = recordedStage(this, stage, parts);
  }

  override forward(...inputs: tf.Tensor[]): TensorModelOutput {
    this.checkInputs(inputs);
    const { plan, stage } = this.$tfjs;
    const run = new GraphRun(plan, inputs);
    run.give(stage, this.$tfjs.run(this, run.take(stage)));
    return this.named(run.outputs());
  }
}

/** A graph of which parts run by themselves: it waits for them, and its stages are submodules. */
class StagedGraphModel extends TensorModel {
  static override readonly typeName: string = 'StagedGraphModel';
  override readonly [FOREIGN] = true;
  override readonly [OPAQUE] = true;
  readonly stages: readonly StageModule[];
  readonly $tfjs: GraphPlan;

  constructor(specs: TensorModelSpecs, parts: GraphParts) {
    super(specs);
    this.stages = parts.plan.stages.map((stage) => stageModule(stage, parts));
    this.$tfjs = parts.plan;
  }

  override async forward(...inputs: tf.Tensor[]): Promise<TensorModelOutput> {
    this.checkInputs(inputs);
    const run = new GraphRun(this.$tfjs, inputs);
    try {
      for (const [index, stage] of this.$tfjs.stages.entries()) {
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
  const specs: TensorModelSpecs = { inputs, outputs, classification };
  return async (stored) => {
    const weights = await readGraphWeights(stored, weightNeeds(plan, json));
    const isKnown = (name: string) => ['known', 'weight'].includes(plan.kinds.of(name));
    const known = new KnownNumbers(graph.nodes, weights.numbers, isKnown);
    const parts: GraphParts = { plan, weights, known, tables: json };
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
