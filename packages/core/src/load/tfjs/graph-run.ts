import type * as tf from '@tensorflow/tfjs';
import { keyOf } from './graph-def.js';
import type { GraphPlan, Stage } from './graph-plan.js';

/** The tensors of a graph in one run. */
export class GraphRun {
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
