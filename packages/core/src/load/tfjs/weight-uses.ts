import type { GraphDef, GraphDefNode } from './graph-def.js';
import { isFloat } from './graph-kinds.js';
import { type GraphPlan, knownFor, type Stage } from './graph-plan.js';
import type { WeightNeeds } from './graph-weights.js';
import { type Tables, usesTables } from './opaque-stage.js';

/** The weights of a stage by what they are used as. */
export interface WeightUses {
  /** Operands: parameters and buffers of the stage's module. */
  readonly tensors: ReadonlySet<string>;
  /** Shapes, axes and what shapes are computed with; in a stage that runs by itself all that are no operands. */
  readonly numbers: ReadonlySet<string>;
}

/** What a stage uses weights for. */
export function weightUses(stage: Stage, plan: GraphPlan): WeightUses {
  const tensors = new Set<string>();
  const numbers = new Set<string>();
  const { graph, kinds } = plan;
  const isWeight = (name: string) => kinds.of(name) === 'weight';
  for (const { inputs, isSetting } of stage.nodes) {
    inputs.forEach(({ node }, index) => {
      if (!isWeight(node)) return;
      const isOperand = isSetting[index] !== true;
      const isOwn = stage.kind === 'opaque' && !isFloat(graph.nodes.get(node) as GraphDefNode);
      (isOperand && !isOwn ? tensors : numbers).add(node);
    });
  }
  for (const { inputs } of knownFor(stage.nodes, plan))
    for (const { node } of inputs) if (isWeight(node)) numbers.add(node);
  return { tensors, numbers };
}

/** What all stages of a graph need weights as. */
export function weightNeeds(plan: GraphPlan, tables: Tables): WeightNeeds {
  const uses = plan.stages.map((stage) => ({ kind: stage.kind, ...weightUses(stage, plan) }));
  const recorded = uses.filter(({ kind }) => kind === 'recorded');
  const opaque = uses.filter(({ kind }) => kind === 'opaque');
  const hidden = plan.stages.flatMap((stage) => hiddenWeights(stage, plan.graph, tables));
  return {
    tensors: new Set(uses.flatMap(({ tensors }) => [...tensors])),
    numbers: new Set(recorded.flatMap(({ numbers }) => [...numbers])),
    stored: new Set([...opaque.flatMap(({ numbers }) => [...numbers]), ...hidden]),
  };
}

/** Names of weights in functions, which control flow runs, and of those that tables are made from. */
export function hiddenWeights(stage: Stage, { library }: GraphDef, { modelInitializer }: Tables): string[] {
  if (stage.kind === 'recorded') return [];
  const bodies = listOf(library, 'function').flatMap((each) => listOf(each, 'nodeDef'));
  const initial = usesTables(stage) ? listOf(modelInitializer, 'node') : [];
  return [...bodies, ...initial]
    .filter((node) => fieldOf(node, 'op') === 'Const')
    .map((node) => String(fieldOf(node, 'name')));
}

function listOf(value: unknown, key: string): unknown[] {
  const list = fieldOf(value, key);
  return Array.isArray(list) ? list : [];
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
