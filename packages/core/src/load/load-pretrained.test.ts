import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { CheckpointError, PatchbayError } from '../errors.js';
import { loadPretrained } from './load-pretrained.js';
import { readSafetensors } from './safetensors.js';
import { Tokenizer } from './tokenizer.js';

type Files = Record<string, Uint8Array | object | string>;

const config = {
  model_type: 'llama',
  vocab_size: 4,
  max_position_embeddings: 8,
  hidden_size: 4,
  intermediate_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  tie_word_embeddings: true,
};
const layer = 'model.layers.0';
const shapes: Record<string, number[]> = {
  'model.embed_tokens.weight': [4, 4],
  'model.norm.weight': [4],
  [`${layer}.input_layernorm.weight`]: [4],
  [`${layer}.post_attention_layernorm.weight`]: [4],
  ...Object.fromEntries(
    ['q', 'k', 'v', 'o'].map((name) => [`${layer}.self_attn.${name}_proj.weight`, [4, 4]]),
  ),
  ...Object.fromEntries(['gate', 'up', 'down'].map((name) => [`${layer}.mlp.${name}_proj.weight`, [4, 4]])),
};
const tokenizer = {
  model: { type: 'BPE', vocab: { a: 0, b: 1, Ġ: 2, Ã: 3 }, merges: [] },
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  added_tokens: [],
};
const folder: Files = {
  'config.json': config,
  'tokenizer.json': tokenizer,
  'model.safetensors': safetensors(shapes),
};

/** A file of zeros, in each tensor's dtype (default F32). */
function safetensors(tensors: Record<string, number[]>, dtypes: Record<string, string> = {}): Uint8Array {
  const widths: Record<string, number> = { F32: 4, I32: 4, I64: 8 };
  let end = 0;
  const entries = Object.entries(tensors).map(([name, shape]) => {
    const dtype = dtypes[name] ?? 'F32';
    const begin = end;
    end += shape.reduce((product, size) => product * size, widths[dtype] as number);
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  return withHeader(JSON.stringify(Object.fromEntries(entries)), end);
}

function withHeader(header: string, dataLength: number): Uint8Array {
  const file = new Uint8Array(8 + header.length + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(new TextEncoder().encode(header), 8);
  return file;
}

function fileList(files: Files): File[] {
  return Object.entries(files).map(([name, content]) => {
    const isRaw = content instanceof Uint8Array || typeof content === 'string';
    return new File([isRaw ? (content as BlobPart) : JSON.stringify(content)], name);
  });
}

function shards(names: unknown): object {
  return { weight_map: names };
}

function without(name: string): Files {
  return Object.fromEntries(Object.entries(folder).filter(([each]) => each !== name));
}

const text = { task: 'text-generation' } as const;

it('loads a folder of files, and shards with their index', async () => {
  const names = Object.keys(shapes);
  const half = (part: string[]) =>
    safetensors(Object.fromEntries(part.map((name) => [name, shapes[name] as number[]])));
  const sharded = {
    ...without('model.safetensors'),
    'a.safetensors': half(names.slice(0, 5)),
    'b.safetensors': half(names.slice(5)),
    'model.safetensors.index.json': shards({ x: 'a.safetensors', y: 'b.safetensors', z: 'a.safetensors' }),
  };
  for (const files of [folder, sharded]) {
    const loaded = await loadPretrained(fileList(files), text);
    expect(loaded.model.namedParameters().size).toBe(names.length);
    expect(loaded.tokenizer.encode('ab a')).toEqual([0, 1, 2, 0]);
    loaded.model.dispose();
  }
});

it('[P9] keeps the settings for generation, which older checkpoints have in config.json', async () => {
  const older = { ...folder, 'config.json': { ...config, eos_token_id: 3 } };
  for (const [files, ends] of [
    [{ ...older, 'generation_config.json': { eos_token_id: [1, 2] } }, [1, 2]],
    [older, 3],
    [folder, undefined],
  ] as const) {
    const { model } = await loadPretrained(fileList(files), text);
    expect(model.generationConfig.eos_token_id).toEqual(ends);
    model.dispose();
  }
});

describe('a broken checkpoint is one typed error and leaves no tensors behind', () => {
  const cases: [what: string, files: Files, message: RegExp][] = [
    ['no config', without('config.json'), /no config\.json/],
    ['no tokenizer', without('tokenizer.json'), /no tokenizer\.json/],
    ['no weights', without('model.safetensors'), /no model\.safetensors/],
    [
      'config is a page',
      { ...folder, 'config.json': '<html>' },
      /config\.json in the files given is no JSON/,
    ],
    ['unknown model type', { ...folder, 'config.json': { ...config, model_type: 'rwkv' } }, /gpt2, .*llama/],
    ['field of a wrong type', { ...folder, 'config.json': { ...config, hidden_size: '4' } }, /hidden_size/],
    ['unknown activation', { ...folder, 'config.json': { ...config, hidden_act: 'mish' } }, /mish.*silu/],
    [
      'too large',
      { ...folder, 'config.json': { ...config, vocab_size: 1e12 } },
      /expected \[1000000000000, 4\]/,
    ],
    [
      'scaled rotary embedding',
      { ...folder, 'config.json': { ...config, rope_scaling: { type: 'mystery' } } },
      /linear, dynamic/,
    ],
    [
      'other shapes',
      { ...folder, 'config.json': { ...config, vocab_size: 5 } },
      /expected \[5, 4\], got \[4, 4\]/,
    ],
    ['truncated', { ...folder, 'model.safetensors': safetensors(shapes).slice(0, -1) }, /bytes of data/],
    [
      'integer weights',
      { ...folder, 'model.safetensors': safetensors(shapes, { 'model.norm.weight': 'I32' }) },
      /int32/,
    ],
    [
      'a weight in two shards',
      {
        ...without('model.safetensors'),
        'a.safetensors': safetensors(shapes),
        'b.safetensors': safetensors(shapes),
        'model.safetensors.index.json': shards({ x: 'a.safetensors', y: 'b.safetensors' }),
      },
      /twice/,
    ],
    ...['../a.safetensors', 'https://example.org/a.safetensors', '/a.safetensors', 5].map(
      (name): [string, Files, RegExp] => [
        `shard ${name}`,
        { ...without('model.safetensors'), 'model.safetensors.index.json': shards({ x: name }) },
        /no name of a \.safetensors file/,
      ],
    ),
  ];
  it.each(cases)('%s', async (_, files, message) => {
    const before = tf.memory().numTensors;
    const failure = loadPretrained(fileList(files));
    await expect(failure).rejects.toThrow(PatchbayError);
    await expect(failure).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('reads no weights for a config that does not fit', async () => {
  const files = fileList({ ...folder, 'config.json': { ...config, hidden_act: 'mish' } });
  const weights = files.find(({ name }) => name === 'model.safetensors') as File;
  const read = vi.spyOn(weights, 'slice');
  await expect(loadPretrained(files)).rejects.toThrow(CheckpointError);
  expect(read).not.toHaveBeenCalled();
});

it('[R4] stops when aborted, and frees everything', async () => {
  const before = tf.memory().numTensors;
  await expect(loadPretrained(fileList(folder), { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  expect(tf.memory().numTensors).toBe(before);
});

it('safetensors: 64-bit integers become int32 or are refused', () => {
  const file = safetensors({ x: [1] }, { x: 'I64' });
  const data = new DataView(file.buffer, file.length - 8);
  data.setBigInt64(0, -7n, true);
  expect([...readSafetensors(file)][0]?.[1].values).toEqual(Int32Array.of(-7));
  data.setBigInt64(0, 2n ** 31n, true);
  expect(() => [...readSafetensors(file)]).toThrow('2147483648');
});

it('tokens are readable: spaces, and bytes that are no text by themselves', () => {
  const { decoder: _, ...rest } = tokenizer;
  const byteLevel = new Tokenizer(tokenizer, {});
  expect([0, 2, 3, 9].map((id) => byteLevel.tokenText(id))).toEqual(['a', ' ', '\\xC3', '#9']);
  expect(byteLevel.vocabularySize).toBe(4);
  const vocab = { '▁b': 0, '<0x0A>': 1, '<0xC3>': 2, '<0x00>': 3 };
  const model = { type: 'BPE', vocab, merges: [], byte_fallback: true };
  const sentencePiece = new Tokenizer({ ...rest, model, decoder: { type: 'ByteFallback' } }, {});
  expect([0, 1, 2, 3].map((id) => sentencePiece.tokenText(id))).toEqual([' b', '\n', '\\xC3', '\\x00']);
});
