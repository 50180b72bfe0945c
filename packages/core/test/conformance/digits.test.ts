import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { loadPretrained } from '../../src/load/load-pretrained.js';
import type { PretrainedFor } from '../../src/load/pretrained.js';
import { ZeroPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { goldenJson } from '../support/golden.js';

/** What PyTorch computes for pictures of the test part, as whole numbers from 0 to 16. */
interface Golden {
  pixels: number[][];
  classes: number[];
  logits: number[][];
  /** One of the channels after the first ReLU, and the logits with that one at zero. */
  channel: number;
  withoutChannel: number[][];
}

let pretrained: PretrainedFor<'tensors'>;
let golden: Golden;
let pictures: tf.Tensor4D;

beforeAll(async () => {
  await useBackend();
  const source =
    inject('backend') === 'webgpu'
      ? new URL('/models/digits/model.json', location.href)
      : 'public/models/digits/model.json';
  pretrained = await loadPretrained(source, { task: 'tensors' });
  golden = await goldenJson<Golden>('digits.json');
  pictures = tf.tidy(() => tf.tensor4d(golden.pixels.flat(), [golden.pixels.length, 8, 8, 1]).div(16));
});

afterAll(() => {
  pictures.dispose();
  pretrained.model.dispose();
});

async function expectLogits(logits: tf.Tensor, expected: number[][]): Promise<void> {
  const values = await logits.data();
  const most = Math.max(...expected.flat().map((each, at) => Math.abs(each - (values[at] as number))));
  expect(most).toBeLessThan(inject('backend') === 'webgpu' ? 1e-3 : 1e-4);
  logits.dispose();
}

it('the embedded classifier computes what PyTorch does', async () => {
  const { model } = pretrained;
  expect(model.classification).toEqual({
    classes: [...'0123456789'],
    scores: null,
    image: { width: 8, height: 8, channels: 1, range: [0, 1] },
  });
  await expectLogits((await model.apply(pictures)) as tf.Tensor, golden.logits);
  const wrong = golden.logits.filter((row, at) => row.indexOf(Math.max(...row)) !== golden.classes[at]);
  expect(wrong.length).toBeLessThanOrEqual(1);
});

it('and so with a channel set to zero', async () => {
  const graph = new PatchableGraph(pretrained.model, [pictures]);
  const patched = graph.patch({ 'relu1.output': new ZeroPatch({ slice: `..., ${golden.channel}` }) });
  await expectLogits((await patched.apply(pictures)) as tf.Tensor, golden.withoutChannel);
  graph.dispose();
});
