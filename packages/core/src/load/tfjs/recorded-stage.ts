import * as tf from '@tensorflow/tfjs';
import type { Module } from '../../module/module.js';
import { activeHandler } from '../../trace/calls.js';
import { type GraphDefNode, keyOf, type Ref } from './graph-def.js';
import { type GraphPlan, type Stage, sourcesOf } from './graph-plan.js';
import type { KnownNumbers } from './known-numbers.js';
import { type NodePlace, nodePlaces } from './node-places.js';
import { NodeRunner } from './node-runner.js';
import { hold } from './property-name.js';
import { readableTensor } from './stored-numbers.js';

/** A node of a stage with what it takes to run it. */
interface PlacedNode extends NodePlace {
  readonly node: GraphDefNode;
  readonly runner: NodeRunner;
  /** Which of its tensors something needs. */
  readonly outputs: readonly number[];
}

/** Runs the nodes of a stage one by one, each in its name scope, so that a trace records them under their names. */
export class RecordedStage {
  private readonly nodes: readonly PlacedNode[];
  /** The properties of the module in which weights are, by the names of their nodes. */
  private readonly properties: ReadonlyMap<string, string>;

  /** Puts the weights into `module`, whose properties are named like their nodes. */
  constructor(
    module: Module,
    readonly plan: GraphPlan,
    readonly stage: Stage,
    weights: ReadonlyMap<string, tf.Variable>,
    private readonly known: KnownNumbers,
  ) {
    const { nodes } = stage;
    const places = nodePlaces([...nodes.map(({ name }) => name), ...weights.keys()]);
    this.properties = new Map(
      [...weights].map(([name, weight]) => {
        const { scopes, name: last } = places.get(name) as NodePlace;
        return [name, hold(module, [...scopes, last].join('/'), weight)];
      }),
    );
    const used = usedOutputs(plan, stage);
    this.nodes = nodes.map((node) => ({
      node,
      runner: new NodeRunner(node),
      outputs: [...(used.get(node.name) ?? [0])].sort((x, y) => x - y),
      ...(places.get(node.name) as NodePlace),
    }));
  }

  /** The tensors that the stage gives for those that it takes, with the weights that `module` holds now. */
  run(module: Module, taken: readonly tf.Tensor[]): tf.Tensor[] {
    const { takes, gives } = this.stage;
    return tf.tidy(() => {
      const tensors = new Map(takes.map((ref, index) => [keyOf(ref), taken[index] as tf.Tensor]));
      const tensorOf = (ref: Ref) => tensors.get(keyOf(ref)) as tf.Tensor;
      const numbers = this.known.during(tensorOf);
      const inputOf = (ref: Ref, isSetting: boolean): tf.Tensor => {
        const property = isSetting ? undefined : this.properties.get(ref.node);
        if (property !== undefined) return Reflect.get(module, property) as tf.Tensor;
        return tensors.get(keyOf(ref)) ?? readableTensor(numbers(ref));
      };
      for (const placed of this.nodes) {
        for (const [ref, tensor] of runNode(placed, inputOf)) tensors.set(keyOf(ref), tensor);
      }
      return gives.map(tensorOf);
    });
  }
}

/** Which outputs of a stage's nodes are needed, inside of it or outside. */
function usedOutputs(plan: GraphPlan, { nodes, gives }: Stage): Map<string, Set<number>> {
  const used = new Map<string, Set<number>>();
  for (const { node, index } of [...gives, ...nodes.flatMap((each) => sourcesOf(each, plan))])
    used.set(node, (used.get(node) ?? new Set()).add(index));
  return used;
}

function runNode(
  { node, runner, outputs, scopes, name }: PlacedNode,
  inputOf: (ref: Ref, isSetting: boolean) => tf.Tensor,
): [ref: Ref, tensor: tf.Tensor][] {
  const inputs = node.inputs.map((ref, index) => inputOf(ref, node.isSetting[index] === true));
  const compute = () => runner.run(inputs, outputs);
  const handler = activeHandler();
  const computed = handler === null ? compute() : handler.within(scopes, name, compute);
  return outputs.map((index, position) => [{ node: node.name, index }, computed[position] as tf.Tensor]);
}
