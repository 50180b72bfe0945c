import { openSafetensors, readSafetensors } from '../../src/load/safetensors.js';
import { writeSafetensors } from '../../src/load/write-safetensors.js';
import { goldenBytes } from './golden.js';

/** The files of a checkpoint by name. */
export type CheckpointFolder = Record<string, Uint8Array<ArrayBuffer>>;

export function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A tokenizer of four tokens. */
const TOKENIZER = {
  model: { type: 'BPE', vocab: { a: 0, b: 1, Ġ: 2, Ã: 3 }, merges: [] },
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  added_tokens: [],
};

/** A golden model with a tokenizer, as a checkpoint's folder. */
export async function goldenFolder(name: string): Promise<CheckpointFolder> {
  return {
    'config.json': await goldenBytes(`${name}/config.json`),
    'tokenizer.json': json(TOKENIZER),
    'model.safetensors': await goldenBytes(`${name}/model.safetensors`),
  };
}

const TORCH_FILES: Readonly<Record<string, readonly string[]>> = {
  'gpt2-f32': ['pytorch_model.bin'],
  'opt-f16': [1, 2]
    .map((shard) => `pytorch_model-0000${shard}-of-00002.bin`)
    .concat('pytorch_model.bin.index.json'),
  'llama-bf16': ['pytorch_model.bin'],
};

/** The same as `goldenFolder` with weights as torch.save has written them. */
export async function torchFolder(name: string, model: string): Promise<CheckpointFolder> {
  const { 'model.safetensors': _, ...folder } = await goldenFolder(model);
  for (const file of TORCH_FILES[name] ?? []) folder[file] = await goldenBytes(`torch/${name}/${file}`);
  return folder;
}

/** The same checkpoint with its weights in two shards. */
export async function sharded(folder: CheckpointFolder): Promise<CheckpointFolder> {
  const { 'model.safetensors': weights, ...others } = folder;
  const tensors = [...readSafetensors(weights as Uint8Array)].map(([name, { shape, values }]) => ({
    name,
    shape,
    dtype: 'F32' as const,
    read: async () => values,
  }));
  const half = Math.ceil(tensors.length / 2);
  const parts = { 1: tensors.slice(0, half), 2: tensors.slice(half) };
  const names = { 1: 'model-00001-of-00002.safetensors', 2: 'model-00002-of-00002.safetensors' };
  const map = ([1, 2] as const).flatMap((part) => parts[part].map(({ name }) => [name, names[part]]));
  return {
    ...others,
    [names[1]]: await writeSafetensors(parts[1], {}),
    [names[2]]: await writeSafetensors(parts[2], {}),
    'model.safetensors.index.json': json({ metadata: {}, weight_map: Object.fromEntries(map) }),
  };
}

/** Where the numbers of a tensor lie in a file. */
export function dataStart(file: Uint8Array, name: string): number {
  const header = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const entry = openSafetensors(file).entries.find((each) => each.name === name);
  if (entry === undefined) throw new Error(`no tensor ${name}`);
  return 8 + header + entry.begin;
}
