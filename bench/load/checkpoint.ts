import { copyFile, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sizes, type Weight, weightsOf } from './network.js';

/** A checkpoint on disk. */
export interface Checkpoint {
  readonly folder: string;
  readonly sizes: Sizes;
  /** The file with the weights, its length in bytes, and where in it the numbers of each weight are. */
  readonly file: string;
  readonly bytes: number;
  readonly placed: readonly PlacedWeight[];
}

export interface PlacedWeight extends Weight {
  readonly offset: number;
  readonly length: number;
}

/** Numbers lie in ±SPREAD, with the standard deviation 0.02 of GPT-2's. */
const SPREAD = 0.02 * Math.sqrt(3);
const BLOCK = 2 ** 20;

/** A checkpoint of random numbers, the same for the same sizes. One that is there already is used again. */
export async function makeCheckpoint(folder: string, sizes: Sizes): Promise<Checkpoint> {
  const weights = weightsOf(sizes);
  const { header, placed, bytes } = layOut(weights);
  const file = join(folder, 'model.safetensors');
  const done = join(folder, 'done.json');
  const checkpoint: Checkpoint = { folder, sizes, file, bytes, placed };
  const stamp = JSON.stringify({ sizes, bytes });
  if ((await readFile(done, 'utf8').catch(() => null)) === stamp) return checkpoint;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(configOf(sizes)));
  await copyFile('public/models/little-world/tokenizer.json', join(folder, 'tokenizer.json'));
  const handle = await open(file, 'w');
  try {
    await handle.write(header);
    const random = uniform(1);
    for (const { shape, middle } of weights)
      await writeNumbers(handle, sizeOf(shape), () => middle + SPREAD * random());
  } finally {
    await handle.close();
  }
  await writeFile(done, stamp);
  return checkpoint;
}

function configOf({ layers, width, heads, vocabulary, positions }: Sizes) {
  return {
    model_type: 'gpt2',
    n_layer: layers,
    n_embd: width,
    n_head: heads,
    vocab_size: vocabulary,
    n_positions: positions,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
  };
}

/** The beginning of a safetensors file: the length of the header, and the header. */
function layOut(weights: readonly Weight[]): { header: Uint8Array; placed: PlacedWeight[]; bytes: number } {
  let end = 0;
  const entries = weights.map(({ name, shape }) => {
    const begin = end;
    end += sizeOf(shape) * 4;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const;
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const header = new Uint8Array(8 + json.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(json.length), true);
  header.set(json, 8);
  const placed = weights.map((weight, i) => {
    const [begin, stop] = (entries[i] as (typeof entries)[number])[1].data_offsets as [number, number];
    return { ...weight, offset: header.length + begin, length: stop - begin };
  });
  return { header, placed, bytes: header.length + end };
}

async function writeNumbers(
  handle: { write(block: Uint8Array): Promise<unknown> },
  size: number,
  next: () => number,
): Promise<void> {
  for (let left = size; left > 0; left -= BLOCK) {
    const block = new Float32Array(Math.min(left, BLOCK));
    for (let i = 0; i < block.length; i += 1) block[i] = next();
    await handle.write(new Uint8Array(block.buffer));
  }
}

/** Numbers in [-1, 1) by xorshift32 (Marsaglia 2003): a hundred million of them are needed. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
