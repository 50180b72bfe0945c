import type * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../../errors.js';
import { type GraphDefNode, graphModel } from './graph-def.js';
import { explained } from './node-failure.js';

/** Runs a single node of a graph by tfjs's own code: as a graph model that has nothing else. */
export class NodeRunner {
  private readonly model: tf.GraphModel<tf.io.IOHandlerSync>;
  private readonly label: string;

  constructor({ def, inputs, name, op }: GraphDefNode) {
    this.label = `The node '${name}' (${op})`;
    const names = inputs.map((_, index) => standIn(index));
    const placeholders = names.map((name) => ({ name, op: 'Placeholder' }));
    this.model = graphModel({ nodes: [...placeholders, { ...def, name: 'node', input: names }] });
  }

  /** The tensors of these indices that the node gives for its inputs. They are the caller's. @throws CheckpointError */
  run(inputs: readonly tf.Tensor[], outputs: readonly number[]): tf.Tensor[] {
    const given = Object.fromEntries(inputs.map((tensor, index) => [standIn(index), tensor]));
    const computed = explained(this.label, () =>
      this.model.execute(
        given,
        outputs.map((index) => `node:${index}`),
      ),
    );
    const tensors = [computed].flat();
    const missing = outputs.find((_, at) => tensors[at] === undefined);
    if (missing !== undefined)
      throw new CheckpointError(`${this.label} of the graph has no output ${missing}.`);
    return tensors;
  }
}

function standIn(index: number): string {
  return `input_${index}`;
}
