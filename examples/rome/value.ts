import { AddPatch, type LanguageModel, type PatchableGraph, parameter } from '@patchbay/core';
import * as tf from '@tensorflow/tfjs';
import {
  idsOf,
  logProbabilities,
  ofAnswers,
  type Prompt,
  placesOf,
  rowsAt,
  type Site,
  sliceAt,
} from './prompts.js';

const STEPS = 60;
const LEARNING_RATE = 0.1;
/** The search ends below this loss. */
const ENOUGH = 0.05;
/** Weights of the two penalties. */
const DRIFT = 0.0625;
const DECAY = 0.02;

/** What to look for: a change at one node that makes the answers of prompts likely. */
export interface Search {
  /** The node, which must hold `[prompt, position, width]`. */
  readonly path: string;
  readonly site: Site;
  readonly prompts: readonly Prompt[];
  /** The bare subject; what comes after it is to stay. */
  readonly essence: Prompt;
}

/**
 * Finds δ `[width]`: added at the node, at the site of each prompt, it makes the answers likely (equation 4
 * of the paper, whose v* is what the node holds there plus δ). The loss is the mean −log p(answer), plus how
 * far what follows the essence drifts (KL divergence), plus the squared length of δ over that of the node.
 * @returns δ, which the caller disposes, and the loss of each step
 */
export async function optimiseValue(
  graph: PatchableGraph<LanguageModel>,
  { path, site, prompts, essence }: Search,
): Promise<{ delta: tf.Variable<tf.Rank.R1>; losses: number[] }> {
  const batch = [...prompts, essence];
  const places = placesOf(batch, site);
  const ids = idsOf(batch);
  const run = await graph.record([ids]);
  const { before, node } = tf.tidy(() => ({
    before: rowsAt(run.value('output|logits'), placesOf(batch, 'end').slice(-1)).logSoftmax(),
    node: rowsAt(run.value(path), places),
  }));
  run.dispose();

  const delta = parameter(tf.zeros<tf.Rank.R1>([node.shape[1]]));
  const view = graph.patch({ [path]: new AddPatch({ value: delta, slice: sliceAt(places) }) });
  const lossOf = (): tf.Scalar => {
    const after = logProbabilities(view, ids, batch);
    const told = ofAnswers(after.slice([0, 0], [prompts.length, -1]), prompts).mean();
    const essential = after.slice([prompts.length, 0], [1, -1]);
    const drift = essential.exp().mul(essential.sub(before)).sum();
    const length = delta.square().sum().div(node.square().sum(1).mean());
    return drift.mul(DRIFT).add(length.mul(DECAY)).sub(told).asScalar();
  };
  const losses = await minimise(lossOf, delta);
  tf.dispose([ids, before, node]);
  return { delta, losses };
}

/** Adam, until the loss is small enough or the steps are used up. @returns the loss before each step */
async function minimise(lossOf: () => tf.Scalar, variable: tf.Variable): Promise<number[]> {
  const optimizer = tf.train.adam(LEARNING_RATE);
  const losses: number[] = [];
  while (losses.length < STEPS && (losses.at(-1) ?? Infinity) > ENOUGH) {
    const loss = optimizer.minimize(lossOf, true, [variable]) as tf.Scalar;
    const [value = Number.NaN] = await loss.data();
    losses.push(value);
    loss.dispose();
  }
  optimizer.dispose();
  return losses;
}
