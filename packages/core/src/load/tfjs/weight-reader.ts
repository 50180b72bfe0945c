import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../../errors.js';
import type { TensorModel } from '../../models/tensor-model.js';
import { ByteReader } from '../byte-reader.js';
import { type CheckpointFiles, type FileOptions, joined } from '../checkpoint-files.js';
import type { WeightGroup, WeightSpec } from './model-json.js';

const WIDTHS: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** How much memory is taken at a time for a weight's bytes. */
const PIECE = 2 ** 26;

/** A weight with its bytes as they are stored. */
export interface StoredWeight {
  readonly spec: WeightSpec;
  readonly bytes: ArrayBuffer;
}

/** Loads weights into a model that was prepared for them; on failure nothing of it stays allocated. */
export type LoadWeights = (weights: AsyncIterable<StoredWeight>) => Promise<TensorModel>;

/**
 * Reads the weights that a model.json lists, one after the other, with no more in memory than the one and a part of a
 * file. Those of an optimizer are left out.
 * @throws CheckpointError for files that are missing, too short or too long; SourceError
 */
export async function* readWeights(
  files: CheckpointFiles,
  groups: readonly WeightGroup[],
  options: FileOptions,
): AsyncGenerator<StoredWeight> {
  const names = groups.flatMap(({ weights }) => weights.map(({ name }) => name));
  if (new Set(names).size < names.length) throw new CheckpointError('model.json lists a weight twice.');
  for (const { paths, weights } of groups) {
    const bytes = new ByteReader(partsOf(files, paths, options));
    try {
      for (const spec of weights) {
        const taken = await takeWeight(bytes, spec, paths);
        options.signal?.throwIfAborted();
        if (spec.group !== 'optimizer') yield { spec, bytes: taken };
      }
      const left = await bytes.skip(Number.POSITIVE_INFINITY);
      if (left > 0)
        throw new CheckpointError(
          `${paths.join(', ')} end ${left} bytes after the last weight that model.json lists.`,
        );
    } finally {
      await bytes.close();
    }
  }
}

/**
 * The tensor of a stored weight, which is the caller's. Quantised ones become what they stand for.
 * @throws CheckpointError for a quantisation that tfjs does not know
 */
export function decodeWeight({ spec, bytes }: StoredWeight): tf.Tensor {
  try {
    return tf.io.decodeWeights(bytes, [spec as tf.io.WeightsManifestEntry])[spec.name] as tf.Tensor;
  } catch (error) {
    throw new CheckpointError(`The weight '${spec.name}' cannot be read: ${(error as Error).message}`);
  }
}

async function* partsOf(
  files: CheckpointFiles,
  paths: readonly string[],
  options: FileOptions,
): AsyncGenerator<Uint8Array> {
  for (const path of paths) {
    const file = await files.open(path, options);
    if (file === null) throw new CheckpointError(`There is no ${path}, in which model.json has weights.`);
    try {
      yield* file.parts(options);
    } finally {
      file.close();
    }
  }
}

async function takeWeight(
  bytes: ByteReader,
  { name, shape, dtype, quantization }: WeightSpec,
  paths: readonly string[],
): Promise<ArrayBuffer> {
  const size = tf.util.sizeFromShape(shape);
  if (!Number.isSafeInteger(size * 8))
    throw new CheckpointError(
      `The weight '${name}' has the shape [${shape.join(', ')}], which is too large.`,
    );
  const width = WIDTHS[quantization?.dtype ?? dtype];
  const taken = width === undefined ? await takeTexts(bytes, size) : await take(bytes, size * width);
  if (taken === null)
    throw new CheckpointError(
      `The weight '${name}' does not fit in ${paths.join(', ')}: the files end before it does.`,
    );
  return taken.buffer;
}

/** Texts are stored one after the other, each behind its length. */
async function takeTexts(bytes: ByteReader, count: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1) {
    const length = await take(bytes, 4);
    if (length === null) return null;
    const text = await take(bytes, new DataView(length.buffer).getUint32(0, true));
    if (text === null) return null;
    parts.push(length, text);
  }
  return joined(parts);
}

/** The next bytes, or null if there are fewer. */
async function take(bytes: ByteReader, count: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  // Memory is only taken for bytes that come, whatever a file says of its weights.
  for (let left = count; left > 0; left -= PIECE) {
    const piece = new Uint8Array(Math.min(left, PIECE));
    if ((await bytes.fill(piece)) < piece.length) return null;
    pieces.push(piece);
  }
  return pieces.length === 1 ? (pieces[0] as Uint8Array<ArrayBuffer>) : joined(pieces);
}
