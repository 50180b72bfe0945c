import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { named } from '../module/tensors.js';

/** Keys and values of one attention layer at all positions so far, `[batch, head, position, headDim]` each. */
export interface KeyValues {
  readonly k: tf.Tensor4D;
  readonly v: tf.Tensor4D;
}

interface Cache {
  readonly past: readonly KeyValues[];
  readonly extended: KeyValues[];
}

/** The cache of the model whose `forward` runs now; modules return their result alone, so layers meet it here. */
let cache: Cache | null = null;

/**
 * Runs a model on the positions after those of `past`, which has one entry for each attention layer, in the order
 * of their calls, or none at the start.
 * @returns the result of `run` with `past` extended by the new positions; its tensors belong to whom `run`'s do
 * @throws InputError if `past` is of other sizes or another number of layers, or if no layer ran as written
 */
export function withKeyValues<T extends object>(
  past: readonly KeyValues[],
  run: () => T,
): T & { past: KeyValues[] } {
  const before = cache;
  const extended: KeyValues[] = [];
  cache = { past, extended };
  try {
    const result = run();
    if (extended.length === 0) {
      throw new InputError(
        'No attention layer extended the cache: around modules that run by themselves, layers run as recorded, without one.',
      );
    }
    if (past.length > 0 && past.length !== extended.length) {
      throw new InputError(
        `'past' has keys and values of ${past.length} layers; the model has ${extended.length}.`,
      );
    }
    return { ...result, past: extended };
  } finally {
    cache = before;
  }
}

/** How many positions lie before those that the model runs on; 0 without a cache. */
export function pastLength(): number {
  return cache?.past[0]?.k.shape[2] ?? 0;
}

/**
 * What the queries of a layer attend to: the keys and values of its new positions, after those of the cache
 * (nodes `keys` and `values`), which keeps all of them.
 * @throws InputError if the cache is of other sizes, or of fewer layers
 */
export function extendKeyValues(added: KeyValues): KeyValues {
  if (cache === null) return added;
  const past = pastOfNextLayer(cache);
  if (past !== null) checkPast(past, added);
  const all =
    past === null
      ? added
      : {
          k: named('keys', tf.concat([past.k, added.k], 2)),
          v: named('values', tf.concat([past.v, added.v], 2)),
        };
  cache.extended.push(all);
  return all;
}

function pastOfNextLayer({ past, extended }: Cache): KeyValues | null {
  if (past.length === 0) return null;
  const found = past[extended.length];
  if (found !== undefined) return found;
  throw new InputError(`'past' has keys and values of ${past.length} layers; the model has more.`);
}

function checkPast(past: KeyValues, { k }: KeyValues): void {
  const [batch, heads, , dim] = k.shape;
  const expected = [batch, heads, pastLength(), dim];
  for (const { shape } of [past.k, past.v]) {
    if (tf.util.arraysEqual(shape, expected)) continue;
    throw new InputError(
      `'past' has keys or values of the shape [${shape.join(', ')}]; before this input they have to be [${expected.join(', ')}].`,
    );
  }
}
