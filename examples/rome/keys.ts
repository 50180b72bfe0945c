import { type LanguageModel, type PatchableGraph, ProbePatch } from '@patchbay/core';
import * as tf from '@tensorflow/tfjs';
import { batches, idsOf, type Place, type Prompt, placesOf, rowsAt, type Site } from './prompts.js';
import type { SquareMatrix } from './solve.js';

/** k*: the mean of what the node at `path` holds at the site of each prompt (equation 3 of the paper). */
export async function meanKey(
  graph: PatchableGraph<LanguageModel>,
  path: string,
  prompts: readonly Prompt[],
  site: Site,
): Promise<Float64Array> {
  const mean = keysAt(graph, path, prompts, placesOf(prompts, site), (keys) => keys.mean(0));
  const values = await mean.data();
  mean.dispose();
  return Float64Array.from(values);
}

/** C = E[k kᵀ] over all positions of the prompts (section 3.1). */
export async function covariance(
  graph: PatchableGraph<LanguageModel>,
  path: string,
  prompts: readonly Prompt[],
): Promise<SquareMatrix> {
  let sum: SquareMatrix | undefined;
  for (const batch of batches(prompts)) {
    const everywhere = batch.flatMap(({ ids }, prompt) =>
      ids.map((_, position): Place => [prompt, position]),
    );
    const products = keysAt(graph, path, batch, everywhere, (keys) => tf.matMul(keys, keys, true));
    const values = await products.data();
    products.dispose();
    sum = sum?.map((each, i) => each + (values[i] as number)) ?? Float64Array.from(values);
  }
  const count = prompts.reduce((total, { ids }) => total + ids.length, 0);
  return (sum ?? new Float64Array()).map((each) => each / count);
}

function keysAt(
  graph: PatchableGraph<LanguageModel>,
  path: string,
  batch: readonly Prompt[],
  places: readonly Place[],
  reduce: (keys: tf.Tensor2D) => tf.Tensor,
): tf.Tensor {
  const probe = new ProbePatch();
  try {
    return tf.tidy(() => {
      graph.patch({ [path]: probe }).apply(idsOf(batch));
      return reduce(rowsAt(probe.activation as tf.Tensor, places));
    });
  } finally {
    probe.dispose();
  }
}
