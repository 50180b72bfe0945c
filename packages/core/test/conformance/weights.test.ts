import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { klDivergence, topIndices } from '../../src/analysis/next-token.js';
import { CheckpointError } from '../../src/errors.js';
import { loadPretrained } from '../../src/load/load-pretrained.js';
import { readSafetensors, type StoredTensor } from '../../src/load/safetensors.js';
import { weightNeeds } from '../../src/load/weight-needs.js';
import { writeSafetensors } from '../../src/load/write-safetensors.js';
import { LanguageModel } from '../../src/models/language-model.js';
import { architectureOf, buildModel } from '../../src/models/registry.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { dataStart, goldenFolder } from '../support/checkpoint.js';
import { goldenBytes, goldenJson } from '../support/golden.js';
import { difference, goldenModel } from '../support/models.js';
import { filesOf, packMatrices } from '../support/weights.js';

interface Listed {
  shape: number[];
  values: number[][][];
}

const ON_GPU = inject('backend') === 'webgpu';
const TOLERANCE = ON_GPU ? 1e-3 : 1e-4;
const KINDS = ['f16', 'int8'] as const;

/** Logits of golden models with rounded weights, from PyTorch. */
let rounded: Record<string, Record<(typeof KINDS)[number], Listed>>;

beforeAll(async () => {
  await useBackend();
  rounded = (await goldenJson<{ models: typeof rounded }>('quantised.json')).models;
});

function expectedLogits(name: string, kind: (typeof KINDS)[number]): StoredTensor {
  const golden = rounded[name];
  if (golden === undefined) throw new Error(`no golden logits of ${name}`);
  const { shape, values } = golden[kind];
  return { shape, dtype: 'float32', values: Float32Array.from(values.flat(2)) };
}

async function goldenTensors(name: string): Promise<{ ids: tf.Tensor2D; logits: StoredTensor }> {
  const golden = new Map(readSafetensors(await goldenBytes(`${name}/golden.safetensors`)));
  const { values, shape } = golden.get('input_ids') as StoredTensor;
  return {
    ids: tf.tensor(values, shape as [number, number], 'int32'),
    logits: golden.get('logits') as StoredTensor,
  };
}

describe.each(['gpt2-tiny', 'gpt2-options', 'llama-tiny', 'llama-options'])('%s', (name) => {
  it.each(KINDS)('loaded as %s computes what PyTorch does with weights rounded so', async (kind) => {
    const files = filesOf(await goldenFolder(name));
    const { model, weights } = await loadPretrained(files, { task: 'text-generation', weights: kind });
    const kept = ON_GPU ? kind : 'f32';
    expect(weights).toMatchObject({ asked: kind, kept });
    if (ON_GPU) expect(weights.notice).toBeNull();
    else expect(weights.notice).toMatch(/kept as float32: they are rounded as (f16|int8), .* as much memory/);
    const packed = [...model.stateDict().keys()].filter((key) => key.endsWith('_packed'));
    expect(packed.length > 0).toBe(ON_GPU);
    const { ids, logits: exact } = await goldenTensors(name);
    const expected = expectedLogits(name, kind);
    const graph = new PatchableGraph(model, [ids]);
    for (const run of [graph, model]) {
      const logits = tf.tidy(() => run.apply(ids).logits);
      expect(await difference(logits, expected)).toBeLessThan(TOLERANCE);
      expect(await difference(logits, exact)).toBeGreaterThan(2e-4);
      logits.dispose();
    }
    graph.dispose();
    model.dispose();
    ids.dispose();
  });

  it.each(KINDS)('packed as %s computes the same on every backend', async (kind) => {
    const { model } = await goldenModel(name);
    await packMatrices(model, kind);
    const { ids } = await goldenTensors(name);
    const graph = new PatchableGraph(model, [ids]);
    const { logits } = graph.apply(ids);
    expect(await difference(logits, expectedLogits(name, kind))).toBeLessThan(TOLERANCE);
    tf.dispose([logits, ids]);
    graph.dispose();
    model.dispose();
  });
});

it('the embedded model says the same with int8 weights, in a quarter of the memory on WebGPU', async () => {
  const source = ON_GPU ? new URL('/models/little-world/', location.href) : 'public/models/little-world';
  const [{ inputIds = [] } = {}] = await goldenJson<{ inputIds: number[] }[]>('little-world.json');
  const ids = tf.tensor2d([inputIds], [1, inputIds.length], 'int32');
  const results: Float32Array[] = [];
  const bytes: number[] = [];
  for (const weights of ['f32', 'int8'] as const) {
    const before = tf.memory().numBytes;
    const { model } = await loadPretrained(source, { task: 'text-generation', weights });
    bytes.push(tf.memory().numBytes - before);
    const logits = tf.tidy(() => model.apply(ids).logits.slice([0, inputIds.length - 1], [1, 1]));
    results.push((await logits.data()) as Float32Array);
    logits.dispose();
    model.dispose();
  }
  const [exact, approximate] = results as [Float32Array, Float32Array];
  expect(topIndices(approximate, 1)).toEqual(topIndices(exact, 1));
  expect(klDivergence(exact, approximate)).toBeLessThan(1e-3);
  expect(klDivergence(exact, approximate)).toBeGreaterThan(0);
  const [whole, packed] = bytes as [number, number];
  expect(packed / whole).toBeCloseTo(ON_GPU ? 0.26 : 1, 1);
  ids.dispose();
});

it.each(['f32', ...KINDS] as const)(
  'a tied weight that is there twice is kept once as %s',
  async (weights) => {
    const folder = await goldenFolder('llama-options');
    const { numTensors } = tf.memory();
    const { model: once } = await loadPretrained(filesOf(folder), { weights });
    const expected = tf.memory().numTensors - numTensors;
    once.dispose();
    const tensors = [...readSafetensors(folder['model.safetensors'] as Uint8Array)].map(([name, stored]) => ({
      name,
      shape: stored.shape,
      dtype: 'F32' as const,
      read: async () => stored.values,
    }));
    const tied = tensors.find(({ name }) => name === 'model.embed_tokens.weight');
    if (tied === undefined) throw new Error('no embedding');
    const twice = await writeSafetensors([...tensors, { ...tied, name: 'lm_head.weight' }], {});
    const { model } = await loadPretrained(filesOf({ ...folder, 'model.safetensors': twice }), { weights });
    expect(tf.memory().numTensors - numTensors).toBe(expected);
    model.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  },
);

it.each(KINDS)('what %s weights take is known before they are read', async (weights) => {
  const config = await goldenJson<Record<string, unknown>>('llama-options/config.json');
  const unread = buildModel(architectureOf(config), config);
  const { bytes } = weightNeeds(unread, weights);
  unread.dispose();
  const before = tf.memory().numBytes;
  const { model } = await loadPretrained(filesOf(await goldenFolder('llama-options')), { weights });
  expect(model).toBeInstanceOf(LanguageModel);
  expect(tf.memory().numBytes - before).toBe(bytes);
  model.dispose();
});

it.each(KINDS)(
  'a number that is no %s is an error that names the weight, and nothing stays',
  async (weights) => {
    const folder = await goldenFolder('llama-tiny');
    const file = folder['model.safetensors'] as Uint8Array<ArrayBuffer>;
    const name = 'model.layers.1.mlp.up_proj.weight';
    new DataView(file.buffer, file.byteOffset).setFloat32(
      dataStart(file, name),
      Number.POSITIVE_INFINITY,
      true,
    );
    const before = tf.memory();
    const loading = loadPretrained(filesOf(folder), { weights });
    await expect(loading).rejects.toThrow(CheckpointError);
    await expect(loading).rejects.toThrow(
      `The weight '${name}' cannot be kept as ${weights}: Infinity is no ${weights === 'f16' ? 'float16' : 'int8'}.`,
    );
    expect(tf.memory()).toMatchObject({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
    });
  },
);
