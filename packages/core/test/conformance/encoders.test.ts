import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import type { StoredTensor } from '../../src/load/safetensors.js';
import { FeatureExtractor } from '../../src/models/text-encoder.js';
import { SentenceEmbedding, type SentenceEmbeddingSettings } from '../../src/nn/sentence-embedding.js';
import { RecordPatch } from '../../src/patch/patches.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { difference, goldenModel } from '../support/models.js';

const LAYERS = 2;

/** By golden value of a block, TransformerLens' name of it. */
const IN_BLOCK = {
  resid: 'hook_resid_pre',
  resid_mid: 'hook_resid_mid',
  resid_post: 'hook_resid_post',
  pattern: 'attn.hook_pattern',
};
const SENTENCES: Readonly<Record<string, SentenceEmbeddingSettings>> = {
  'bert-encoder': { pooling: 'mean', isNormalized: true },
  'distilbert-encoder': { pooling: 'cls', isNormalized: false },
};
const OUTPUTS = {
  logits: 'logits',
  lastHiddenState: 'last_hidden_state',
  poolerOutput: 'pooler_output',
  sentenceEmbedding: 'sentence_embedding',
};

type Golden = ReadonlyMap<string, StoredTensor>;

let tolerance = 1e-4;

beforeAll(async () => {
  if ((await useBackend()) === 'webgpu') tolerance = 1e-3;
});

async function encoder(name: string, task: 'fill-mask' | 'feature-extraction') {
  const found = await goldenModel(name, task);
  const settings = SENTENCES[name];
  if (settings !== undefined && found.model instanceof FeatureExtractor)
    found.model.sentence_embedding = new SentenceEmbedding(settings);
  return found;
}

describe.each([
  ['bert-tiny', 'fill-mask'],
  ['bert-options', 'fill-mask'],
  ['bert-encoder', 'feature-extraction'],
  ['distilbert-tiny', 'fill-mask'],
  ['distilbert-options', 'fill-mask'],
  ['distilbert-encoder', 'feature-extraction'],
] as const)('%s agrees with transformers', (name, task) => {
  it.each([
    ['a batch', ''],
    ['a batch with padding on both sides, and with token types', 'padded.'],
  ])('in outputs, every residual stream and every attention pattern of %s', async (_, prefix) => {
    const { model, golden } = await encoder(name, task);
    const inputs: Parameters<typeof model.forward> =
      prefix === ''
        ? [need(golden, 'input_ids')]
        : [need(golden, 'input_ids'), need(golden, 'attention_mask'), types(golden)];
    const before = tf.memory().numTensors;
    const graph = new PatchableGraph(model, inputs);
    const records = recordsByGoldenKey();
    const patches = [...records.values()].map(([path, record]): [string, RecordPatch] => [path, record]);
    const output = graph.patch(new Map(patches)).apply(...inputs);
    expect(Object.keys(output).length).toBe(goldenOutputs(golden).length);
    for (const [key, tensor] of Object.entries(output)) {
      const expected = golden.get(prefix + OUTPUTS[key as keyof typeof OUTPUTS]) as StoredTensor;
      expect(await difference(tensor, expected), key).toBeLessThan(tolerance);
    }
    for (const [key, [path, { activations }]] of records) {
      const [activation] = activations;
      if (activation === undefined) throw new Error(`nothing was recorded at ${path}`);
      expect(await difference(activation, golden.get(prefix + key) as StoredTensor), key).toBeLessThan(
        tolerance,
      );
    }
    for (const [, record] of records.values()) record.dispose();
    tf.dispose({ ...output });
    graph.dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('and has a node for every alias', async () => {
    const { model, golden } = await encoder(name, task);
    const graph = new PatchableGraph(model, [need(golden, 'input_ids')]);
    const missing = [...model.nodeAliases()].filter(([, path]) => !graph.index.byPath.has(path));
    expect(missing).toEqual([]);
    expect(graph.match('**.pattern').length).toBe(LAYERS);
    model.dispose();
  });
});

describe('inputs of another shape are refused', () => {
  it.each([
    ['bert-tiny', [1, 6], null, "'attentionMask' has the shape [1, 6]"],
    ['bert-tiny', [1, 7], [2, 7], "'tokenTypeIds' has the shape [2, 7]"],
    ['distilbert-tiny', [1, 7], [1, 7], 'leave tokenTypeIds out'],
  ] as const)('%s: mask %s, types %s', async (name, mask, typed, message) => {
    const { model } = await encoder(name, 'fill-mask');
    const before = tf.memory().numTensors;
    const zeros = (shape: readonly [number, number] | null) =>
      shape === null ? null : tf.zeros<tf.Rank.R2>([...shape], 'int32');
    tf.tidy(() => {
      const run = () => model.apply(zeros([1, 7]) as tf.Tensor2D, zeros(mask), zeros(typed));
      expect(run).toThrow(InputError);
      expect(run).toThrow(message);
    });
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});

/** The path and a record of each golden value of the blocks. */
function recordsByGoldenKey(): Map<string, [path: string, record: RecordPatch]> {
  const records = new Map<string, [string, RecordPatch]>();
  for (let layer = 0; layer < LAYERS; layer += 1) {
    for (const [key, hook] of Object.entries(IN_BLOCK))
      records.set(`${key}_${layer}`, [`blocks.${layer}.${hook}`, new RecordPatch()]);
  }
  const last = `blocks.${LAYERS - 1}.hook_normalized_resid_post`;
  return records.set(`resid_${LAYERS}`, [last, new RecordPatch()]);
}

function goldenOutputs(golden: Golden): string[] {
  return Object.values(OUTPUTS).filter((key) => golden.has(key));
}

function need(golden: Golden, key: string): tf.Tensor2D {
  const { values, shape } = golden.get(key) as StoredTensor;
  return tf.tensor(values, shape as [number, number], 'int32');
}

function types(golden: Golden): tf.Tensor2D | null {
  return golden.has('token_type_ids') ? need(golden, 'token_type_ids') : null;
}
