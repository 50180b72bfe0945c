import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, inject, it } from 'vitest';
import { klDivergence, topIndices } from '../../packages/core/src/analysis/next-token.js';
import { loadPretrained } from '../../packages/core/src/load/load-pretrained.js';
import { weightNeeds } from '../../packages/core/src/load/weight-needs.js';
import { architectureOf, buildModel } from '../../packages/core/src/models/registry.js';
import type { WeightKind } from '../../packages/core/src/nn/weight-layout.js';
import { PatchableGraph } from '../../packages/core/src/patchable/patchable-graph.js';
import { useBackend } from '../../packages/core/test/support/backend.js';
import { goldenJson } from '../../packages/core/test/support/golden.js';
import { buffers, mostBytesUsed } from '../../packages/core/test/support/gpu-buffers.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the model stories260k, or null. */
    stories: string | null;
  }
}

const KINDS: readonly WeightKind[] = ['f32', 'f16', 'int8'];

/** Shapes of models that people use, of which only the sizes are computed. */
const SHAPES: Record<string, Record<string, unknown>> = {
  'GPT-2 small': {
    model_type: 'gpt2',
    vocab_size: 50257,
    n_positions: 1024,
    n_embd: 768,
    n_layer: 12,
    n_head: 12,
  },
  'Qwen2-0.5B': {
    model_type: 'qwen2',
    vocab_size: 151936,
    max_position_embeddings: 32768,
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    tie_word_embeddings: true,
  },
};

beforeAll(useBackend);

it('the embedded model', async () => {
  const prompts = await goldenJson<{ inputIds: number[]; greedy: number[] }[]>('little-world.json');
  const texts = prompts.map(({ inputIds, greedy }) => [...inputIds, ...greedy]);
  await compare('little-world', new URL('/models/little-world/', location.href), texts);
});

it.skipIf(inject('stories') === null)('stories260k', async () => {
  const folder = new URL(`/@fs${inject('stories')}/`, location.href);
  const { model } = await loadPretrained(folder, { task: 'text-generation' });
  const example = tf.zeros<tf.Rank.R2>([1, 1], 'int32');
  const graph = new PatchableGraph(model, [example]);
  const [story = []] = await graph.generate([1], { maxNewTokens: 100, temperature: 0 });
  graph.dispose();
  model.dispose();
  example.dispose();
  await compare('stories260k', folder, [[1, ...story]]);
});

it.each(Object.entries(SHAPES))('%s, its sizes alone', (name, config) => {
  const model = buildModel(architectureOf(config), config);
  for (const kind of KINDS) print(name, kind, mebibytes(weightNeeds(model, kind).bytes));
  model.dispose();
});

/** Bytes of buffers on the GPU, and the logits at all positions, `[position, vocabulary]` for each text. */
interface Measured {
  readonly weights: number;
  /** The most that a run takes at a time besides the weights. */
  readonly running: number;
  /** What a kept run holds besides the weights. */
  readonly kept: number;
  readonly logits: readonly Logits[];
}

interface Logits {
  readonly values: Float32Array;
  readonly vocabulary: number;
}

/** Prints memory, and how far the distributions of the next token at all positions are from those of float32. */
async function compare(name: string, folder: URL, texts: readonly number[][]): Promise<void> {
  const exact = await measure(folder, 'f32', texts);
  for (const kind of KINDS) {
    const measured = kind === 'f32' ? exact : await measure(folder, kind, texts);
    const { weights, running, kept } = measured;
    print(name, kind, mebibytes(weights), mebibytes(running), mebibytes(kept), ...errors(exact, measured));
    expect(weights).toBeLessThanOrEqual(exact.weights);
  }
}

async function measure(folder: URL, kind: WeightKind, texts: readonly number[][]): Promise<Measured> {
  const pool = buffers();
  const start = pool.numBytesUsed;
  const { model } = await loadPretrained(folder, { task: 'text-generation', weights: kind });
  const weights = pool.numBytesUsed - start;
  const logits: Logits[] = [];
  let [running, kept] = [0, 0];
  for (const text of texts) {
    const ids = tf.tensor2d([text], [1, text.length], 'int32');
    const graph = new PatchableGraph(model, [ids]);
    tf.dispose(graph.apply(ids).logits);
    await finished();
    const before = pool.numBytesUsed;
    running = Math.max(running, (await mostBytesUsed(() => graph.apply(ids).logits)) - before);
    const run = await graph.record([ids]);
    await finished();
    kept = Math.max(kept, pool.numBytesUsed - before);
    const { values, shape } = await run.read('output|logits');
    logits.push({ values: Float32Array.from(values), vocabulary: shape.at(-1) as number });
    run.dispose();
    graph.dispose();
    ids.dispose();
  }
  model.dispose();
  return { weights, running, kept, logits };
}

/** Waits until the GPU is done, when tfjs gives back the buffers of what was disposed. */
async function finished(): Promise<void> {
  const probe = tf.scalar(1).add(1);
  await probe.data();
  probe.dispose();
}

/** Positions, largest difference of logits, mean and largest divergence, share of equal first tokens. */
function errors(exact: Measured, measured: Measured): string[] {
  let [count, largest, total, worst, same] = [0, 0, 0, 0, 0];
  exact.logits.forEach(({ values, vocabulary }, text) => {
    const others = (measured.logits[text] as Logits).values;
    for (let at = 0; at < values.length; at += vocabulary) {
      const [p, q] = [values.subarray(at, at + vocabulary), others.subarray(at, at + vocabulary)];
      const divergence = klDivergence(p, q);
      count += 1;
      total += divergence;
      worst = Math.max(worst, divergence);
      if (topIndices(p, 1)[0] === topIndices(q, 1)[0]) same += 1;
      p.forEach((value, i) => {
        largest = Math.max(largest, Math.abs(value - (q[i] as number)));
      });
    }
  });
  const kl = [total / count, worst].map((each) => each.toExponential(1));
  return [`${count}`, largest.toPrecision(2), ...kl, `${((100 * same) / count).toFixed(1)} %`];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}

/** A row of a Markdown table. */
function print(...cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}
