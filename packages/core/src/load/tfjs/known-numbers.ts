import * as tf from '@tensorflow/tfjs';
import { activeHandler } from '../../trace/calls.js';
import { type GraphDefNode, keyOf, type Ref } from './graph-def.js';
import { NodeRunner } from './node-runner.js';
import { onHost } from './on-host.js';
import { type Numbers, numbersOf, readableTensor } from './stored-numbers.js';

/** Numbers of the nodes of a graph that depend on shapes and stored numbers alone. */
export class KnownNumbers {
  private readonly runners = new Map<string, NodeRunner>();

  constructor(
    private readonly nodes: ReadonlyMap<string, GraphDefNode>,
    /** Of weights, by the name of their node. */
    private readonly stored: ReadonlyMap<string, Numbers>,
    private readonly isKnown: (name: string) => boolean,
  ) {}

  /**
   * Begins a run, in which `tensorOf` gives tensors whose shapes are asked for. What is known is computed beside the run:
   * on the host, and unseen by a trace.
   */
  during(tensorOf: (ref: Ref) => tf.Tensor): (ref: Ref) => Numbers {
    const found = new Map<string, Numbers>();
    const find = (ref: Ref): Numbers => {
      const known = this.stored.get(ref.node) ?? found.get(keyOf(ref));
      if (known !== undefined) return known;
      const node = this.nodes.get(ref.node) as GraphDefNode;
      const inputs = node.inputs.map((input) =>
        this.isKnown(input.node) ? readableTensor(find(input)) : tensorOf(input),
      );
      const [computed] = this.runnerFor(node).run(inputs, [ref.index]);
      const numbers = numbersOf(computed as tf.Tensor);
      found.set(keyOf(ref), numbers);
      return numbers;
    };
    return (ref) => beside(() => onHost(() => freed(() => find(ref))));
  }

  private runnerFor(node: GraphDefNode): NodeRunner {
    const runner = this.runners.get(node.name) ?? new NodeRunner(node);
    this.runners.set(node.name, runner);
    return runner;
  }
}

function beside<T>(fn: () => T): T {
  const handler = activeHandler();
  return handler === null ? fn() : handler.aside(fn);
}

/** The numbers that `fn` gives, without the tensors that it makes. */
function freed(fn: () => Numbers): Numbers {
  let numbers: Numbers | undefined;
  tf.tidy(() => {
    numbers = fn();
  });
  return numbers as Numbers;
}
