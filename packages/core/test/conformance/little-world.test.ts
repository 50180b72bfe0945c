import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, inject, it } from 'vitest';
import { softmax, topIndices } from '../../src/analysis/next-token.js';
import { loadPretrained } from '../../src/load/load-pretrained.js';
import type { PretrainedFor } from '../../src/load/pretrained.js';
import { useBackend } from '../support/backend.js';
import { goldenJson } from '../support/golden.js';
import { mostLikelyAlong } from '../support/greedy.js';

interface Prompt {
  prompt: string;
  inputIds: number[];
  topTokenIds: number[];
  topProbs: number[];
  greedy: number[];
  text: string;
}

let pretrained: PretrainedFor<'text-generation'>;

beforeAll(async () => {
  await useBackend();
  // Vitest's server serves the public folder at its root.
  const source =
    inject('backend') === 'webgpu'
      ? new URL('/models/little-world/', location.href)
      : 'public/models/little-world';
  pretrained = await loadPretrained(source, { task: 'text-generation' });
});

it('the embedded model tokenizes, ranks and continues as in PyTorch', { timeout: 180_000 }, async () => {
  const { model, tokenizer } = pretrained;
  const prompts = await goldenJson<Prompt[]>('little-world.json');
  expect(prompts.length).toBeGreaterThan(5);
  for (const { prompt, inputIds, topTokenIds, topProbs, greedy, text } of prompts) {
    expect(tokenizer.encode(prompt), prompt).toEqual(inputIds);
    const logits = tf.tidy(() =>
      model.apply(tf.tensor2d([inputIds], undefined, 'int32')).logits.slice([0, inputIds.length - 1], [1, 1]),
    );
    const probabilities = softmax(await logits.data());
    logits.dispose();
    const top = topIndices(probabilities, topTokenIds.length);
    topTokenIds.forEach((id, rank) => {
      expect(Math.abs((probabilities[id] as number) - (topProbs[rank] as number)), prompt).toBeLessThan(1e-4);
    });
    expect(top[0], prompt).toBe(topTokenIds[0]);
    expect(await mostLikelyAlong(model, inputIds, greedy), prompt).toEqual(greedy);
    expect(tokenizer.decode(greedy), prompt).toBe(text.replaceAll('<|endoftext|>', ''));
  }
});
