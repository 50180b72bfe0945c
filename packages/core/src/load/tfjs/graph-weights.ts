import * as tf from '@tensorflow/tfjs';
import { buffer, parameter } from '../../module/tensors.js';
import { type Numbers, numbersOf } from './stored-numbers.js';
import { decodeWeight, type StoredWeight } from './weight-reader.js';

/** What the weights of a graph are needed as. */
export interface WeightNeeds {
  readonly tensors: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
  readonly stored: ReadonlySet<string>;
}

/** The weights of a graph, by the names of their nodes. */
export interface GraphWeights {
  /** Parameters, and buffers where they are no floating-point numbers. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly numbers: ReadonlyMap<string, Numbers>;
  readonly stored: ReadonlyMap<string, StoredWeight>;
}

/** Reads the weights that are needed. @throws CheckpointError for weights that are there twice; nothing stays allocated */
export async function readGraphWeights(
  weights: AsyncIterable<StoredWeight>,
  needs: WeightNeeds,
): Promise<GraphWeights> {
  const variables = new Map<string, tf.Variable>();
  const numbers = new Map<string, Numbers>();
  const stored = new Map<string, StoredWeight>();
  try {
    for await (const weight of weights) {
      const { name, dtype } = weight.spec;
      if (needs.stored.has(name)) stored.set(name, weight);
      if (!needs.tensors.has(name) && !needs.numbers.has(name)) continue;
      const tensor = decodeWeight(weight);
      if (needs.numbers.has(name)) numbers.set(name, numbersOf(tensor));
      if (needs.tensors.has(name))
        variables.set(name, dtype === 'float32' ? parameter(tensor) : buffer(tensor));
      else tensor.dispose();
    }
  } catch (error) {
    tf.dispose([...variables.values()]);
    throw error;
  }
  return { variables, numbers, stored };
}
