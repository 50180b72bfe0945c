import * as tf from '@tensorflow/tfjs';
import type { LanguageModel } from '../../src/models/language-model.js';

/** Appends the most likely token `count` times; returns the new ids. */
export async function generateGreedily(
  model: LanguageModel,
  prompt: readonly number[],
  count: number,
): Promise<number[]> {
  const ids = [...prompt];
  while (ids.length < prompt.length + count) {
    const next = tf.tidy(() => {
      const { logits } = model.apply(tf.tensor2d([ids], [1, ids.length], 'int32'));
      return logits.slice([0, ids.length - 1], [1, 1]).argMax(-1);
    });
    ids.push((await next.data())[0] as number);
    next.dispose();
  }
  return ids.slice(prompt.length);
}

/**
 * The most likely token after `prompt` and after each token of `continuation` but the last. It equals
 * `continuation` exactly if generating greedily gives `continuation`, and takes one run instead of many.
 */
export async function mostLikelyAlong(
  model: LanguageModel,
  prompt: readonly number[],
  continuation: readonly number[],
): Promise<number[]> {
  const ids = [...prompt, ...continuation.slice(0, -1)];
  const best = tf.tidy(() => {
    const { logits } = model.apply(tf.tensor2d([ids], [1, ids.length], 'int32'));
    return logits.slice([0, prompt.length - 1], [1, continuation.length]).argMax(-1);
  });
  const found = [...(await best.data())];
  best.dispose();
  return found;
}
