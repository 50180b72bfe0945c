import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, it } from 'vitest';
import { LoadedModel } from '../src/engine/loaded-model.js';
import type { Engine, PatchSpec, RunInput, RunRequest } from '../src/engine/protocol.js';
import { createEngine } from '../src/engine/worker.js';
import { TensorModel, type TensorModelOutput } from '../src/models/tensor-model.js';
import { Linear } from '../src/nn/linear.js';
import { filesIn, outputOf } from './support/engine.js';

const DIGITS = 'public/models/digits';
const GOLDEN = 'packages/core/test/golden';
const CHECKPOINT = ['config.json', 'model.safetensors'];
const TOKENIZER = `${GOLDEN}/tokenizers/wordpiece-uncased/tokenizer.json`;

let engine: Engine;

function request(input: RunInput, patches: PatchSpec[] = []): RunRequest {
  return { input, patches, position: null, topK: 3, knownGraph: null };
}

function zero(path: string, slice = ''): PatchSpec {
  return { id: 'a', path, kind: 'zero', slice, value: 0, enabled: true };
}

interface Samples {
  largest: number;
  samples: { label: string; pixels: number[] }[];
}

/** The picture of a digit from the samples of the embedded classifier. */
async function sample(label: string): Promise<Extract<RunInput, { kind: 'image' }>> {
  const { largest, samples } = JSON.parse(await readFile(`${DIGITS}/samples.json`, 'utf8')) as Samples;
  const pixels = samples.find((each) => each.label === label)?.pixels ?? [];
  return { kind: 'image', width: 8, height: 8, channels: 1, values: pixels.map((each) => each / largest) };
}

// biome-ignore lint/suspicious/noExplicitAny: tests change what they like.
type Json = any;

/** The classifier with another model.json. */
async function changedDigits(change: (json: Json) => void): Promise<File[]> {
  const [model, weights] = (await filesIn(DIGITS, ['model.json', 'weights.bin'])) as [File, File];
  const json: Json = JSON.parse(await model.text());
  change(json);
  return [new File([JSON.stringify(json)], 'model.json'), weights];
}

/** The classifier as any other model, without what says that it is one. */
async function plainDigits(): Promise<File[]> {
  return changedDigits((json) => {
    delete json.userDefinedMetadata;
  });
}

/** A tiny encoder with a tokenizer of no more tokens than it has; it knows `!`, and other words as `[UNK]`. */
async function encoder(name: string): Promise<File[]> {
  const config: { vocab_size: number } = JSON.parse(await readFile(`${GOLDEN}/${name}/config.json`, 'utf8'));
  const tokenizer = JSON.parse(await readFile(TOKENIZER, 'utf8'));
  const vocabulary = Object.entries<number>(tokenizer.model.vocab).filter(([, id]) => id < config.vocab_size);
  tokenizer.model.vocab = Object.fromEntries(vocabulary);
  const files = await filesIn(`${GOLDEN}/${name}`, CHECKPOINT);
  return [...files, new File([JSON.stringify(tokenizer)], 'tokenizer.json')];
}

beforeEach(async () => {
  engine = createEngine({ wasmFiles: {} });
  await engine.start('cpu');
});

it('[C1] compares the classes of an image, all of them in their order', async () => {
  const info = await engine.load({
    kind: 'files',
    files: await filesIn(DIGITS, ['model.json', 'weights.bin']),
  });
  expect(info).toMatchObject({
    task: 'tensors',
    input: { kind: 'image', width: 8, height: 8, channels: 1 },
    layout: 'channels-last',
    parameterCount: 5366,
  });
  const seven = await sample('7');
  const clean = outputOf(await engine.run(request(seven)), 'classes');
  expect(clean.rows.map(({ label }) => label)).toEqual([...'0123456789']);
  expect(clean.rows.find(({ clean: { rank } }) => rank === 1)?.label).toBe('7');
  expect(clean.divergence).toBe(0);
  const result = await engine.run(request(seven, [zero('relu1.output', '..., 3')]));
  const { rows, divergence } = outputOf(result, 'classes');
  expect(rows.find(({ patched: { rank } }) => rank === 1)?.label).toBe('8');
  expect(rows.reduce((sum, { patched: { probability } }) => sum + probability, 0)).toBeCloseTo(1, 6);
  expect(divergence).toBeGreaterThan(1);
  expect(result.tokens).toEqual([]);
  expect(result.statistics.recomputed).toBeLessThan(result.statistics.operations);
});

it.each([
  ['what a softmax gives', null],
  ['scores that the metadata call so', 'probabilities'],
])('[C1] takes %s for probabilities', async (_, scores) => {
  const seven = await sample('7');
  const patch = zero('relu1.output', '..., 3');
  await engine.load({ kind: 'files', files: await filesIn(DIGITS, ['model.json', 'weights.bin']) });
  const expected = outputOf(await engine.run(request(seven, [patch])), 'classes');
  const files = await changedDigits((json) => {
    const { layers } = json.modelTopology.model_config.config;
    const softmax = { class_name: 'Softmax', config: { name: 'shares', axis: -1 } };
    const same = { class_name: 'Activation', config: { name: 'same', activation: 'linear' } };
    layers.push(softmax, same);
    // With a factor of 1 nobody can tell by the graph.
    if (scores !== null) layers.push({ class_name: 'LeakyReLU', config: { name: 'as_they_are', alpha: 1 } });
    Object.assign(json.userDefinedMetadata.patchbay, { scores });
  });
  await engine.load({ kind: 'files', files });
  const actual = outputOf(await engine.run(request(seven, [patch])), 'classes');
  for (const [index, { clean, patched }] of expected.rows.entries()) {
    expect(actual.rows[index]?.clean.probability).toBeCloseTo(clean.probability, 5);
    expect(actual.rows[index]?.patched.probability).toBeCloseTo(patched.probability, 5);
    expect(actual.rows[index]?.patched.rank).toBe(patched.rank);
  }
  expect(actual.divergence).toBeCloseTo(expected.divergence, 4);
});

it('the samples of the embedded classifier are told apart, and its examples change the answer', async () => {
  await engine.load({ kind: 'files', files: await filesIn(DIGITS, ['model.json', 'weights.bin']) });
  for (const digit of '0123456789') {
    const { rows } = outputOf(await engine.run(request(await sample(digit))), 'classes');
    expect(rows.find(({ clean: { rank } }) => rank === 1)?.label).toBe(digit);
  }
});

it('keeps the clean run of an equal input, and runs another one anew', async () => {
  await engine.load({ kind: 'files', files: await filesIn(DIGITS, ['model.json', 'weights.bin']) });
  const before = tf.memory().numTensors;
  const first = await engine.run(request(await sample('3')));
  const again = await engine.run({ ...request(await sample('3')), knownGraph: first.graph });
  expect(first.statistics.cleanMilliseconds).toBeGreaterThan(0);
  expect(again.statistics.cleanMilliseconds).toBe(0);
  expect(again.nodes).toBeNull();
  const other = await engine.run(request(await sample('4')));
  expect(other.statistics.cleanMilliseconds).toBeGreaterThan(0);
  expect(other.graph).toBe(first.graph);
  const kept = tf.memory().numTensors;
  await engine.run(request(await sample('5'), [zero('relu2.output')]));
  await engine.run(request(await sample('5')));
  expect(tf.memory().numTensors).toBe(kept);
  expect(kept).toBeGreaterThan(before);
});

it('refuses what is no input of the model, in words', async () => {
  await engine.load({ kind: 'files', files: await filesIn(DIGITS, ['model.json', 'weights.bin']) });
  const seven = await sample('7');
  const refused = (input: RunInput) => expect(engine.run(request(input))).rejects;
  await refused({ kind: 'text', text: 'seven' }).toThrow('This model takes an image, not text.');
  await refused({ ...seven, width: 4 }).toThrow(/4 × 8 × 1 .* takes 8 × 8 × 1/);
  await refused({ ...seven, values: [1] }).toThrow(/1 values/);
  await refused({ ...seven, values: seven.values.map(() => 2) }).toThrow(/between 0 and 1/);
  await refused({ ...seven, values: seven.values.map(() => Number.NaN) }).toThrow(/between 0 and 1/);
});

it('[I2] takes tensors by shape and filling, and [C1] tells how the output changes', async () => {
  const info = await engine.load({ kind: 'files', files: await plainDigits() });
  expect(info.input).toEqual({
    kind: 'tensors',
    tensors: [{ name: 'image', shape: [null, 8, 8, 1], dtype: 'float32' }],
  });
  const { values } = await sample('7');
  const input: RunInput = {
    kind: 'tensors',
    tensors: [{ shape: [1, 8, 8, 1], fill: { kind: 'values', values } }],
  };
  const same = outputOf(await engine.run(request(input)), 'tensor');
  expect(same.parts).toEqual([
    {
      path: 'output',
      shape: [1, 10],
      dtype: 'float32',
      change: { largest: 0, mean: 0, relative: 0, cosine: expect.closeTo(1, 9), excluded: 0 },
    },
  ]);
  const patched = outputOf(await engine.run(request(input, [zero('relu1.output', '..., 3')])), 'tensor');
  const delta = await engine.activation({ path: 'output', side: 'delta', axes: null, index: [] });
  expect(patched.parts[0]?.change?.largest).toBeCloseTo(Math.max(...delta.values.map(Math.abs)), 6);
  const batch: RunInput = {
    kind: 'tensors',
    tensors: [{ shape: [3, 8, 8, 1], fill: { kind: 'uniform', low: 0, high: 1, seed: 5 } }],
  };
  expect(outputOf(await engine.run(request(batch)), 'tensor').parts[0]?.shape).toEqual([3, 10]);
});

it.each([
  [
    'no shape of the model',
    { shape: [1, 8, 8], fill: { kind: 'constant', value: 0 } },
    /takes \[\?, 8, 8, 1\]/,
  ],
  ['an empty axis', { shape: [0, 8, 8, 1], fill: { kind: 'constant', value: 0 } }, /has the shape \[0/],
  ['too few values', { shape: [1, 8, 8, 1], fill: { kind: 'values', values: [1] } }, /1 values.*room for 64/],
  ['no numbers', { shape: [1, 8, 8, 1], fill: { kind: 'constant', value: Number.NaN } }, /finite numbers/],
  [
    'a range without an end',
    { shape: [1, 8, 8, 1], fill: { kind: 'range', from: 0, to: Number.POSITIVE_INFINITY } },
    /finite numbers/,
  ],
  [
    'draws from nowhere',
    { shape: [1, 8, 8, 1], fill: { kind: 'uniform', low: Number.NaN, high: 1, seed: 1 } },
    /finite numbers/,
  ],
  ['too much', { shape: [1e9, 8, 8, 1], fill: { kind: 'constant', value: 0 } }, /at most/],
] as const)('refuses tensors with %s', async (_what, tensor, reason) => {
  await engine.load({ kind: 'files', files: await plainDigits() });
  const input = { kind: 'tensors', tensors: [tensor] } as unknown as RunInput;
  await expect(engine.run(request(input))).rejects.toThrow(reason);
});

it('[C1] compares guesses of a masked token, at the mask unless another position is asked for', async () => {
  const info = await engine.load({ kind: 'files', files: await encoder('bert-tiny') });
  expect(info).toMatchObject({ task: 'fill-mask', input: { kind: 'text', mask: '[MASK]' } });
  const masked: RunInput = { kind: 'text', text: '! [MASK] !' };
  const result = await engine.run(request(masked, [zero('bert.encoder.layer_0.output')]));
  const { position, rows } = outputOf(result, 'vocabulary');
  expect(result.tokens[position]?.text).toBe('[MASK]');
  expect(rows).not.toHaveLength(0);
  const first = outputOf(await engine.run({ ...request(masked), position: 0 }), 'vocabulary');
  expect(first.position).toBe(0);
  const plain = await engine.run(request({ kind: 'text', text: '! !' }));
  expect(outputOf(plain, 'vocabulary').position).toBe(plain.tokens.length - 1);
});

it('[C1] compares the tensors of a text encoder', async () => {
  const info = await engine.load({ kind: 'files', files: await encoder('bert-encoder') });
  expect(info).toMatchObject({ task: 'feature-extraction', input: { kind: 'text', mask: null } });
  const text: RunInput = { kind: 'text', text: '! ! !' };
  const result = await engine.run(request(text, [zero('encoder.layer_0.output')]));
  const { parts } = outputOf(result, 'tensor');
  expect(parts.map(({ path }) => path)).toContain('output|lastHiddenState');
  expect(parts.every(({ change }) => change !== null && change.largest > 0)).toBe(true);
});

it('[I2] fits images to a vision transformer and compares its classes', async () => {
  const info = await engine.load({ kind: 'files', files: await filesIn(`${GOLDEN}/vit-tiny`, CHECKPOINT) });
  if (info.input.kind !== 'image') throw new Error('expected an image');
  expect(info).toMatchObject({ task: 'image-classification', layout: 'channels-first' });
  const { width, height, channels } = info.input;
  const data = Uint8ClampedArray.from({ length: 40 * 30 * 4 }, (_, at) => (at * 7) % 256);
  const image = await engine.fitImage({ width: 40, height: 30, data });
  expect(image).toMatchObject({ width, height, channels: 3 });
  expect(image.values).toHaveLength(width * height * channels);
  expect(Math.max(...image.values)).toBeLessThanOrEqual(1);
  await engine.run(request({ kind: 'image', ...image }));
  const input = await engine.activation({
    path: 'pixelValues',
    side: 'clean',
    axes: [2, 3],
    index: [0, 1, 0, 0],
  });
  // As for ViT where the checkpoint says nothing else: from −1 to 1, channel by channel.
  input.values.forEach((value, at) => {
    expect(value).toBeCloseTo((image.values[at * 3 + 1] as number) * 2 - 1, 5);
  });
  const result = await engine.run(request({ kind: 'image', ...image }, [zero('vit.encoder.layer_0.output')]));
  expect(outputOf(result, 'classes').divergence).toBeGreaterThan(0);
});

it('fits no images to a model that takes none', async () => {
  await engine.load({ kind: 'files', files: await plainDigits() });
  const raw = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  await expect(engine.fitImage(raw)).rejects.toThrow('This model takes tensors, not an image.');
});

/** A model that awaits a value in the middle, as those with control flow do. */
class WaitingModel extends TensorModel {
  static override readonly typeName: string = 'WaitingModel';
  readonly before = new Linear(2, 2);
  readonly after = new Linear(2, 2);

  constructor() {
    const spec = { shape: [null, 2], dtype: 'float32' };
    super({ inputs: [{ name: 'x', ...spec }], outputs: [{ name: 'y', ...spec }], classification: null });
  }

  override async forward(x: tf.Tensor): Promise<TensorModelOutput> {
    const half = this.before.apply(x);
    const [largest = 0] = await half.abs().max().data();
    return this.after.apply(largest > 1e9 ? half.neg() : half);
  }
}

it('runs and patches models that wait for values', async () => {
  const before = tf.memory().numTensors;
  const loaded = await LoadedModel.create({
    task: 'tensors',
    model: new WaitingModel(),
    tokenizer: null,
    config: {},
  });
  const input: RunInput = {
    kind: 'tensors',
    tensors: [{ shape: [1, 2], fill: { kind: 'constant', value: 1 } }],
  };
  await loaded.run(request(input));
  const result = await loaded.run(request(input, [zero('before.output')]));
  expect(outputOf(result, 'tensor').parts[0]?.change?.largest).toBeGreaterThan(0);
  expect(result.changed).toEqual(expect.arrayContaining(['after.output', 'output']));
  const half = await loaded.activation({ path: 'before.output', side: 'patched', axes: null, index: [] });
  expect([...half.values]).toEqual([0, 0]);
  loaded.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
