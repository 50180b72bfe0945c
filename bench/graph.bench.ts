import * as tf from '@tensorflow/tfjs';
import { bench, describe } from 'vitest';
import { loadPretrained } from '../packages/core/src/load/load-pretrained.js';
import { ZeroPatch } from '../packages/core/src/patch/patches.js';
import { PatchableGraph } from '../packages/core/src/patchable/patchable-graph.js';
import { useBackend } from '../packages/core/test/support/backend.js';

await useBackend();
const { model, tokenizer } = await loadPretrained('public/models/little-world', { task: 'text-generation' });
const ids = tokenizer.encode('When Mary and John were at the office, John handed a kite to');
const input = tf.tensor2d([ids], [1, ids.length], 'int32');
const graph = new PatchableGraph(model, [input]);
const clean = await graph.record([input]);
const patchOn = (layer: number) => ({
  [`transformer.h_${layer}.attn.pattern`]: new ZeroPatch({ slice: ':, 1' }),
});
const options = { time: 2000, warmupTime: 500 };

/** Reads the result, so that the work is done, and frees it. */
async function finish({ logits }: { logits: tf.Tensor }): Promise<void> {
  await logits.data();
  logits.dispose();
}

describe('embedded model, 14 tokens, wasm', () => {
  // Without the scope each run would leave what it made, and slow those after it.
  bench('the plain module', () => finish(tf.tidy(() => ({ logits: model.apply(input).logits }))), options);
  bench('the untouched graph', () => finish(graph.apply(input)), options);
  bench(
    'the graph with a patch in layer 3, in full',
    () => finish(graph.patch(patchOn(3)).apply(input)),
    options,
  );
  for (const layer of [0, 3]) {
    bench(
      `a patch in layer ${layer}, from a kept run`,
      async () => {
        const patched = clean.patch(patchOn(layer));
        await (patched.output as { logits: tf.Tensor }).logits.data();
        patched.dispose();
      },
      options,
    );
  }
});

describe('zeroing each head of each layer, 16 variants, wasm', () => {
  const variants = Array.from({ length: 16 }, (_, i) => ({
    [`transformer.h_${Math.floor(i / 4)}.attn.pattern`]: new ZeroPatch({ slice: `:, ${i % 4}` }),
  }));
  const last = (output: unknown) => (output as { logits: tf.Tensor3D }).logits.slice([0, ids.length - 1]);
  bench(
    'one full run each',
    async () => {
      for (const map of variants) await finish(graph.patch(map).apply(input));
    },
    options,
  );
  bench(
    'one run each from a kept run',
    async () => {
      for (const map of variants) {
        const patched = clean.patch(map);
        await (patched.output as { logits: tf.Tensor }).logits.data();
        patched.dispose();
      }
    },
    options,
  );
  bench(
    'runVariants',
    async () => {
      const logits = await clean.runVariants(variants, { pick: last });
      await Promise.all(logits.map((each) => each.data()));
      tf.dispose(logits);
    },
    options,
  );
});
