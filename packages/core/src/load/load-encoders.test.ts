import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../errors.js';
import { loadPretrained } from './load-pretrained.js';
import { readSafetensors, type StoredTensor } from './safetensors.js';
import { writeSafetensors } from './write-safetensors.js';

const GOLDEN = 'packages/core/test/golden';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-encoder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a golden checkpoint into the folder, one of text with a tokenizer. */
function copy(name: string): void {
  cpSync(`${GOLDEN}/${name}`, folder, { recursive: true });
  cpSync(`${GOLDEN}/tokenizers/wordpiece-uncased/tokenizer.json`, `${folder}/tokenizer.json`);
}

function edit(file: string, change: (json: never) => object): void {
  writeFileSync(
    `${folder}/${file}`,
    JSON.stringify(change(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as never)),
  );
}

function readTensors(file: string): Map<string, StoredTensor> {
  return new Map(readSafetensors(new Uint8Array(readFileSync(`${folder}/${file}`))));
}

function ids(tensors: ReadonlyMap<string, StoredTensor>, key: string): tf.Tensor2D {
  const { values, shape } = tensors.get(key) as StoredTensor;
  return tf.tensor2d(values, shape as [number, number], 'int32');
}

/** The largest difference from a golden value. */
function distance(tensor: tf.Tensor | undefined, { values }: StoredTensor): number {
  return tf.tidy(
    () => (tensor as tf.Tensor).flatten().sub(tf.tensor1d(values)).abs().max().dataSync()[0] as number,
  );
}

/** Writes weights under other names; null leaves one out. */
async function rename(
  change: (name: string) => string | null,
  others: Record<string, number[]> = {},
): Promise<void> {
  const kept = [...readTensors('model.safetensors')].flatMap(([key, tensor]) => {
    const name = change(key);
    return name === null ? [] : [{ name, shape: tensor.shape, values: tensor.values }];
  });
  const added = Object.entries(others).map(([name, shape]) => ({
    name,
    shape,
    values: new Float32Array(tf.util.sizeFromShape(shape)),
  }));
  const tensors = [...kept, ...added].map(({ values, ...rest }) => ({
    ...rest,
    dtype: 'F32' as const,
    read: async () => values,
  }));
  writeFileSync(`${folder}/model.safetensors`, await writeSafetensors(tensors, {}));
}

describe('a checkpoint of sentence-transformers', () => {
  it.each([
    ['bert-encoder', null],
    ['distilbert-encoder', null],
    ['bert-encoder', 'mean'],
    ['distilbert-encoder', ['cls']],
  ])('%s gives the vector of each text, with the mode %j', async (name, mode) => {
    copy(name);
    if (mode !== null)
      edit('1_Pooling/config.json', () => ({
        embedding_dimension: 16,
        pooling_mode: mode,
        include_prompt: true,
      }));
    const { model } = await loadPretrained(folder, { task: 'feature-extraction' });
    const golden = readTensors('golden.safetensors');
    const { sentenceEmbedding } = model.apply(
      ids(golden, 'input_ids'),
      ids(golden, 'attention_mask'),
      golden.has('token_type_ids') ? ids(golden, 'token_type_ids') : null,
    );
    expect(distance(sentenceEmbedding, golden.get('padded.sentence_embedding') as StoredTensor)).toBeLessThan(
      1e-4,
    );
    model.dispose();
  });

  it('without modules.json gives none', async () => {
    copy('distilbert-encoder');
    rmSync(`${folder}/modules.json`);
    const { model } = await loadPretrained(folder, { task: 'feature-extraction' });
    const output = model.apply(tf.zeros<tf.Rank.R2>([1, 3], 'int32'));
    expect(Object.keys(output)).toEqual(['lastHiddenState']);
    model.dispose();
  });

  it.each([
    [
      'modules.json',
      (list: object[]) => [...list, { path: '3_Dense', type: 'x.Dense' }],
      'supported are Transformer, Pooling',
    ],
    [
      'modules.json',
      (list: object[]) => [{ ...list[0], path: '../..' }],
      'modules.json cannot be used. At 0.path',
    ],
    ['1_Pooling/config.json', () => ({ pooling_mode_max_tokens: true }), 'asks for pooling_mode_max_tokens'],
    ['1_Pooling/config.json', () => ({ pooling_mode: ['mean', 'max'] }), 'asks for mean and max'],
    [
      '1_Pooling/config.json',
      () => ({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: true }),
      'cls_token and pooling',
    ],
  ])('with something else in %s is refused', async (file, change, message) => {
    copy('bert-encoder');
    edit(file, change as (json: never) => object);
    const before = tf.memory().numTensors;
    const failure = loadPretrained(folder);
    await expect(failure).rejects.toThrow(CheckpointError);
    await expect(failure).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('weights as checkpoints on the Hub have them', () => {
  const logitsOf = async (task: 'fill-mask') => {
    const { model } = await loadPretrained(folder, { task });
    const golden = readTensors('golden.safetensors');
    const { logits } = model.apply(ids(golden, 'input_ids'));
    const found = distance(logits, golden.get('logits') as StoredTensor);
    model.dispose();
    return found;
  };

  it('the first BERT: norms with gamma and beta, and the parts of its training that guessing does not need', async () => {
    copy('bert-tiny');
    await rename(
      (name) =>
        name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta'),
      {
        'cls.seq_relationship.weight': [2, 16],
        'bert.pooler.dense.weight': [16, 16],
        'bert.embeddings.position_ids': [1, 16],
      },
    );
    edit('config.json', (config: object) => ({ ...config, architectures: ['BertForPreTraining'] }));
    expect(await logitsOf('fill-mask')).toBeLessThan(1e-4);
  });

  it('an encoder kept with its model around, and one without a pooler', async () => {
    copy('bert-encoder');
    await rename((name) => (name.startsWith('pooler') ? null : `bert.${name}`), {
      'cls.predictions.bias': [37],
    });
    const { model } = await loadPretrained(folder, { task: 'feature-extraction' });
    const golden = readTensors('golden.safetensors');
    const output = model.apply(ids(golden, 'input_ids'));
    expect(Object.keys(output)).toEqual(['lastHiddenState', 'sentenceEmbedding']);
    expect(distance(output.lastHiddenState, golden.get('last_hidden_state') as StoredTensor)).toBeLessThan(
      1e-4,
    );
    model.dispose();
  });

  it.each([
    [
      'bert-tiny',
      { architectures: ['BertForQuestionAnswering'] },
      "'BertForQuestionAnswering' is not supported; BertModel",
    ],
    ['bert-tiny', { position_embedding_type: 'relative_key' }, "only 'absolute'"],
    ['bert-tiny', { is_decoder: true }, 'only encoders'],
    ['bert-tiny', { num_attention_heads: 3 }, 'hidden_size (16) is no multiple of num_attention_heads (3)'],
    ['distilbert-tiny', { n_heads: 3 }, 'dim (16) is no multiple of n_heads (3)'],
    ['vit-tiny', { architectures: ['ViTModel'] }, 'ViTForImageClassification are'],
    ['vit-tiny', { hidden_act: 'mish' }, 'mish'],
  ])('%s with %j is refused', async (name, fields, message) => {
    copy(name);
    edit('config.json', (config: object) => ({ ...config, ...fields }));
    const before = tf.memory().numTensors;
    const failure = loadPretrained(folder);
    await expect(failure).rejects.toThrow(CheckpointError);
    await expect(failure).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('an image classifier', () => {
  it('comes with its processor', async () => {
    copy('vit-tiny');
    writeFileSync(
      `${folder}/preprocessor_config.json`,
      JSON.stringify({ size: 8, resample: 3, image_mean: [0.5, 0, 1] }),
    );
    const { model, processor, tokenizer } = await loadPretrained(folder, { task: 'image-classification' });
    expect(tokenizer).toBeNull();
    const before = tf.memory().numTensors;
    const image = { width: 5, height: 9, channels: 4, data: new Uint8Array(5 * 9 * 4).fill(255) };
    const pixels = processor.pixelValues(image);
    const values = pixels.dataSync();
    expect([0, 64, 128].map((first) => values[first])).toEqual([1, 2, 0]);
    const logits = tf.tidy(() => model.apply(pixels).logits);
    expect(logits.shape).toEqual([1, 3]);
    tf.dispose([pixels, logits]);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('without settings of its images takes them at its size', async () => {
    copy('vit-tiny');
    const { model, processor } = await loadPretrained(folder, { task: 'image-classification' });
    expect([processor.height, processor.width]).toEqual([8, 8]);
    model.dispose();
  });

  it('whose settings make other images is refused', async () => {
    copy('vit-tiny');
    writeFileSync(`${folder}/preprocessor_config.json`, JSON.stringify({ size: 16 }));
    const before = tf.memory().numTensors;
    await expect(loadPretrained(folder)).rejects.toThrow(
      '16 × 16 pixels with 3 channels; the model takes 8 × 8 with 3',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
