import type * as tf from '@tensorflow/tfjs';
import { type GraphDefNode, graphModel } from './graph-def.js';

/** Runs a single node of a graph by tfjs's own code: as a graph model that has nothing else. */
export class NodeRunner {
  private readonly model: tf.GraphModel<tf.io.IOHandlerSync>;

  constructor({ def, inputs }: GraphDefNode) {
    const names = inputs.map((_, index) => standIn(index));
    const placeholders = names.map((name) => ({ name, op: 'Placeholder' }));
    this.model = graphModel({ nodes: [...placeholders, { ...def, name: 'node', input: names }] });
  }

  /** The tensors of these indices that the node gives for its inputs. They are the caller's. */
  run(inputs: readonly tf.Tensor[], outputs: readonly number[]): tf.Tensor[] {
    const given = Object.fromEntries(inputs.map((tensor, index) => [standIn(index), tensor]));
    const computed = this.model.execute(
      given,
      outputs.map((index) => `node:${index}`),
    );
    return Array.isArray(computed) ? computed : [computed];
  }
}

function standIn(index: number): string {
  return `input_${index}`;
}
