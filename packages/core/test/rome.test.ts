import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { startBackend } from '../../../examples/rome/backend.js';
import { runExperiment } from '../../../examples/rome/experiment.js';
import { dot, solve } from '../../../examples/rome/solve.js';
import { loadPretrained } from '../src/index.js';

it('[P7] [P3] a ROME edit rewrites one fact of the embedded model, keeps the others and the weights', {
  timeout: 300_000,
}, async () => {
  await startBackend();
  const pretrained = await loadPretrained('public/models/little-world', { task: 'text-generation' });
  const weights = await valuesOf(pretrained.model.stateDict());
  const before = tf.memory().numTensors;

  const edit = { subject: 'Eiffel Tower', target: 'Rome', layer: 2, site: 'end' } as const;
  const { losses, used, heldOut, otherPrompts, otherFacts } = await runExperiment(pretrained, edit);

  expect(tf.memory().numTensors).toBe(before);
  expect(await valuesOf(pretrained.model.stateDict())).toEqual(weights);
  expect(losses[0]).toBeGreaterThan(10);
  expect(losses.at(-1)).toBeLessThan(0.5);
  expect(used).toMatchObject({ count: 6, before: 6, after: 6 });
  expect(heldOut).toMatchObject({ count: 2, before: 2, after: 2 });
  expect(otherPrompts.map(({ count, before }) => [count, before])).toEqual([
    [272, 272],
    [336, 336],
    [240, 240],
    [240, 240],
  ]);
  for (const { of, count, after } of otherPrompts) expect(after / count, of).toBeGreaterThan(0.97);
  expect(otherFacts).toMatchObject({ count: 136, before: 136 });
  expect(otherFacts.after / otherFacts.count).toBeGreaterThan(0.95);
});

it('solves a dense positive definite system', () => {
  const matrix = Float64Array.of(4, 2, 2, 2, 5, 3, 2, 3, 6);
  const x = Float64Array.of(1, -2, 3);
  const right = Float64Array.from([0, 1, 2], (row) => dot(matrix.subarray(3 * row, 3 * row + 3), x));
  solve(matrix, right).forEach((each, i) => {
    expect(each).toBeCloseTo(x[i] as number, 12);
  });
  expect(() => solve(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toThrow(
    /not positive definite: pivot 1/,
  );
});

/** The bits of all tensors. */
async function valuesOf(tensors: ReadonlyMap<string, tf.Tensor>): Promise<Map<string, Uint32Array>> {
  const values = new Map<string, Uint32Array>();
  for (const [name, tensor] of tensors) {
    values.set(name, new Uint32Array((await tensor.data<'float32'>()).slice().buffer));
  }
  return values;
}
