import type * as tf from '@tensorflow/tfjs';
import { type GraphDefNode, graphModel, keyOf, type NodeDef, type Ref } from './graph-def.js';
import { type GraphPlan, knownFor, type Stage } from './graph-plan.js';
import { withHostCounts } from './host-counts.js';
import { keepListsOfLoops } from './loop-lists.js';
import type { ModelJson } from './model-json.js';
import { explainedLater } from './node-failure.js';
import { checkTextBackend, hasTexts, keepTextsOnHost } from './texts.js';
import type { StoredWeight } from './weight-reader.js';

/** Categories of tfjs whose operations are asynchronous. */
const WAITING = new Set(['control', 'dynamic', 'hash_table']);

/** The parts of a model.json that tables of texts are made from. */
export type Tables = Partial<Pick<ModelJson, 'modelInitializer' | 'initializerSignature'>>;

/** Runs the nodes of a stage together by tfjs's own executor, as a graph model of their own. */
export class OpaqueStage {
  private readonly model: tf.GraphModel<tf.io.IOHandlerSync>;
  private readonly waits: boolean;
  private readonly hasTexts: boolean;
  private readonly label: string;
  /** What the tensors that it takes are called in the graph of its own. */
  private readonly taken: readonly string[];

  /** `fed` are the weights that each run gives it, `weights` those that it holds itself. */
  constructor(
    plan: GraphPlan,
    private readonly stage: Stage,
    private readonly fed: readonly string[],
    weights: readonly StoredWeight[],
    tables: Tables,
  ) {
    const { takes, nodes } = stage;
    const { graph } = plan;
    const ops = [...new Set(nodes.map(({ op }) => op))];
    this.label = `A part (${ops.slice(0, 8).join(', ')})`;
    this.waits = nodes.some(({ category }) => WAITING.has(category ?? ''));
    this.taken = takes.map((_, index) => unusedName(`outside_${index}`, graph.nodes));
    const names = new Map(takes.map((ref, index) => [keyOf(ref), this.taken[index] as string]));
    const inside = [...nodes, ...knownFor(nodes, plan)].map((node) => rewired(node, names));
    const own = weights.filter(({ spec }) => graph.nodes.has(spec.name));
    const { modelInitializer, initializerSignature } = usesTables(stage) ? tables : {};
    this.model = graphModel({
      nodes: [
        ...[...this.taken, ...fed].map((name) => ({ name, op: 'Placeholder' })),
        ...own.map(({ spec }) => (graph.nodes.get(spec.name) as GraphDefNode).def),
        ...inside,
      ],
      library: graph.library,
      weightSpecs: weights.map(({ spec }) => spec as tf.io.WeightsManifestEntry),
      weightData: weights.map(({ bytes }) => bytes),
      signature: { inputs: resources(plan) },
      ...(modelInitializer == null ? {} : { modelInitializer }),
      ...(initializerSignature == null ? {} : { initializerSignature }),
    });
    keepListsOfLoops(this.model);
    this.hasTexts = nodes.some(hasTexts);
    if (this.hasTexts) keepTextsOnHost();
  }

  /**
   * The tensors that the stage gives, which are the caller's, for those that it takes and the weights that are fed.
   * @throws BackendError for texts on a GPU; CheckpointError
   */
  async run(taken: readonly tf.Tensor[], fed: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
    if (this.hasTexts) checkTextBackend();
    const names = [...this.taken, ...this.fed];
    const given = [...taken, ...fed];
    const inputs = Object.fromEntries(names.map((name, index) => [name, given[index] as tf.Tensor]));
    const outputs = this.stage.gives.map(keyOf);
    const computed = await explainedLater(this.label, () =>
      withHostCounts(async () =>
        this.waits ? this.model.executeAsync(inputs, outputs) : this.model.execute(inputs, outputs),
      ),
    );
    const lent = new Set([...given, ...Object.values(this.model.weights).flat()]);
    return [computed].flat().map((tensor) => (lent.has(tensor) ? tensor.clone() : tensor));
  }

  dispose(): void {
    this.model.dispose();
  }
}

/** Whether nodes look something up in tables, which an initializer fills. */
export function usesTables({ nodes }: Stage): boolean {
  return nodes.some(({ category }) => category === 'hash_table');
}

/** A node that reads tensors from outside under their names inside; what only has to run before is left out. */
function rewired({ def, inputs }: GraphDefNode, names: ReadonlyMap<string, string>): NodeDef {
  return { ...def, input: inputs.map((ref: Ref) => names.get(keyOf(ref)) ?? keyOf(ref)) };
}

function unusedName(wanted: string, nodes: GraphPlan['graph']['nodes']): string {
  return nodes.has(wanted) ? unusedName(`${wanted}_`, nodes) : wanted;
}

/** Inputs that the graph fills itself, with its tables. */
function resources({ graph }: GraphPlan): object {
  const inputs = Object.entries(graph.signature.inputs ?? {});
  return Object.fromEntries(inputs.filter(([, { resourceId }]) => resourceId != null));
}
