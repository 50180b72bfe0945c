import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { goldenModel } from '../../test/support/models.js';
import { PatchableGraph } from '../patchable/patchable-graph.js';
import { activationBytes } from './activation-bytes.js';

it.each(['gpt2-tiny', 'llama-tiny'])('the estimate for a kept run of %s is close', async (name) => {
  const { model } = await goldenModel(name);
  const weights = new Set([...model.stateDict().values()].map(({ dataId }) => dataId));
  for (const tokens of [4, 16]) {
    const ids = tf.zeros<tf.Rank.R2>([1, tokens], 'int32');
    const graph = new PatchableGraph(model, [ids]);
    const run = await graph.record([ids]);
    const bytes = new Map<object, number>();
    for (const [path, { structure }] of run.index.byPath) {
      if (structure?.kind !== 'tensor') continue;
      const { dataId, size } = run.value(path);
      if (!weights.has(dataId)) bytes.set(dataId, 4 * size);
    }
    const taken = [...bytes.values()].reduce((sum, each) => sum + each, 0);
    const ratio = activationBytes(model, tokens) / taken;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(2);
    for (const each of [run, graph, ids]) each.dispose();
  }
  model.dispose();
});
