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
