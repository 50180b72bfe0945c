import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { Module } from '../module/module.js';
import { PatchableGraph } from '../patchable/patchable-graph.js';
import { runCost } from './check-cost.js';
import { checkKernel } from './check-kernels.js';

/** What a run of a function of four numbers costs; 16 bytes a tensor of four. */
function costOf(of: (x: tf.Tensor1D) => tf.Tensor) {
  class Model extends Module {
    forward(x: tf.Tensor1D): tf.Tensor {
      return of(x);
    }
  }
  const { graph } = new PatchableGraph(new Model(), [tf.tensor1d([1, 2, 3, 4])]).index;
  return runCost(graph, (step) =>
    step.kind === 'kernel' ? checkKernel(step, graph) : { work: 0, scratch: 0 },
  );
}

it.each<[what: string, bytes: number, of: (x: tf.Tensor1D) => tf.Tensor]>([
  ['one result', 16, (x) => x.square()],
  ['a chain, two at a time', 32, (x) => x.square().neg().exp().neg()],
  [
    'a value that is needed later',
    48,
    (x) => {
      const kept = x.square();
      return kept.neg().exp().add(kept);
    },
  ],
  ['other shapes of one tensor', 32, (x) => x.square().reshape([2, 2]).expandDims(0).clone().neg()],
  ['a larger one in between', 16 + 64, (x) => tf.outerProduct(x, x.square() as tf.Tensor1D).sum()],
  ['a result of another dtype', 16 + 4, (x) => x.square().greater(2)],
])('%s holds %i bytes at once', (_, bytes, of) => {
  expect(costOf(of).bytes).toBe(bytes);
});

it('a product of matrices takes its inner size for each number', () => {
  const { work } = costOf((x) => tf.matMul(x.reshape([1, 4]), tf.zeros([4, 1000])));
  expect(work).toBeGreaterThanOrEqual(4 * 1000);
  expect(work).toBeLessThan(3 * 4 * 1000);
});
