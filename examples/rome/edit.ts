import {
  CustomPatch,
  type LanguageModel,
  type PatchableGraph,
  type PatchMap,
  type Tokenizer,
} from '@patchbay/core';
import * as tf from '@tensorflow/tfjs';
import { covariance, meanKey } from './keys.js';
import { promptOf, type Site } from './prompts.js';
import { dot, solve } from './solve.js';
import { optimiseValue } from './value.js';
import { FACTS, type Fact } from './world.js';

/** What to rewrite, and where. */
export interface Request {
  readonly fact: Fact;
  /** The new answer, one token. */
  readonly target: string;
  readonly layer: number;
  readonly site: Site;
}

/** A rewritten fact. Its patch holds tensors until `dispose`. */
export interface Edit {
  /** For `graph.patch`: the edited model. */
  readonly patches: PatchMap;
  /** The loss of each step of the search for the new value. */
  readonly losses: readonly number[];
  dispose(): void;
}

/** What is added to the covariance's diagonal, over the diagonal's mean: some keys are all but never used. */
const RIDGE = 1e-4;

/**
 * Rank-one model editing: rewrites one fact by adding one outer product to one weight (Meng et al., arXiv
 * 2202.05262, section 3.1). The weight W `[in, out]` of an MLP's second layer is read as a memory that answers
 * keys with values, k W = v. Of all weights that answer k* with v*, the one that changes the answers to
 * other keys least is W + (C⁻¹ k*) ⊗ Λ with Λ = (v* − k* W) / (k* · C⁻¹ k*) (equation 2). As the layer is linear
 * and k* a mean of keys, v* − k* W is the δ that was added to their values.
 */
export async function rome(
  graph: PatchableGraph<LanguageModel>,
  tokenizer: Tokenizer,
  { fact, target, layer, site }: Request,
): Promise<Edit> {
  const memory = `transformer.h_${layer}.mlp.c_proj`;
  const rewritten = { ...fact, answer: target };
  const prompts = fact.trained.map((phrasing) => promptOf(tokenizer, rewritten, phrasing));
  const essence = promptOf(tokenizer, rewritten, 'The {X}');
  const { delta, losses } = await optimiseValue(graph, { path: `${memory}.output`, site, prompts, essence });

  const key = await meanKey(graph, `${memory}.input`, prompts, site);
  const texts = FACTS.flatMap((each) => each.trained.map((phrasing) => promptOf(tokenizer, each, phrasing)));
  const raw = await covariance(graph, `${memory}.input`, texts);
  const direction = solve(withRidge(raw, key.length), key);
  const along = dot(direction, key);
  const column = tf.tensor1d(Float32Array.from(direction, (each) => each / along));
  const op = (weight: tf.Tensor) => weight.add(tf.outerProduct(column, delta));
  return {
    patches: { [`${memory}.weight`]: new CustomPatch({ op }) },
    losses,
    dispose: () => tf.dispose([column, delta]),
  };
}

function withRidge(matrix: Float64Array, size: number): Float64Array {
  const isDiagonal = (i: number) => i % (size + 1) === 0;
  const trace = matrix.reduce((sum, each, i) => (isDiagonal(i) ? sum + each : sum), 0);
  return matrix.map((each, i) => (isDiagonal(i) ? each + (RIDGE * trace) / size : each));
}
