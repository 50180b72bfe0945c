import {
  type LanguageModel,
  NoisePatch,
  type PatchableGraph,
  type RecordedRun,
  ReplacePatch,
} from '@patchbay/core';
import * as tf from '@tensorflow/tfjs';
import {
  idsOf,
  ofAnswers,
  type Place,
  type Prompt,
  placesOf,
  rowsAt,
  type Site,
  sliceAt,
} from './prompts.js';

/** Mean probabilities of the right answers. */
export interface CausalTrace {
  readonly clean: number;
  /** With noise on the subject's embeddings. */
  readonly corrupted: number;
  /** With that noise, but one MLP's clean output at one token, by layer. */
  readonly restored: readonly Readonly<Record<Site, number>>[];
}

/** Standard deviations of the embeddings (section 2.1 of the paper). */
const NOISE = 3;

/**
 * Finds out where the facts are recalled: noise hides the subject, then the output of one MLP at one token is
 * set to what it was without the noise (section 2.1 of the paper).
 */
export async function causalTrace(
  graph: PatchableGraph<LanguageModel>,
  prompts: readonly Prompt[],
): Promise<CausalTrace> {
  const ids = idsOf(prompts);
  const clean = await graph.record([ids]);
  const std = NOISE * (await deviation(clean.value('transformer.wte.weight')));
  const hidden = new NoisePatch({ std, seed: 1, slice: sliceAt(prompts.flatMap(subjectPlaces)) });
  const corrupted = clean.patch({ 'transformer.wte.output': hidden });
  const restore = async (path: string, site: Site): Promise<number> => {
    const places = placesOf(prompts, site);
    const value = tf.tidy(() => rowsAt(clean.value(path), places));
    const run = corrupted.patch({ [path]: new ReplacePatch({ value, slice: sliceAt(places) }) });
    const probability = await meanProbability(run, prompts);
    run.dispose();
    value.dispose();
    return probability;
  };
  const restored: Record<Site, number>[] = [];
  for (const path of graph.match('transformer.h_*.mlp.output')) {
    restored.push({ subjectEnd: await restore(path, 'subjectEnd'), end: await restore(path, 'end') });
  }
  const trace = {
    clean: await meanProbability(clean, prompts),
    corrupted: await meanProbability(corrupted, prompts),
    restored,
  };
  corrupted.dispose();
  clean.dispose();
  ids.dispose();
  return trace;
}

function subjectPlaces({ subjectStart, subjectEnd }: Prompt, prompt: number): Place[] {
  return Array.from({ length: subjectEnd + 1 - subjectStart }, (_, i) => [prompt, subjectStart + i]);
}

async function deviation(weight: tf.Tensor): Promise<number> {
  return numberOf(() => tf.moments(weight).variance.sqrt());
}

/** The mean over the prompts of the probability of their answer. */
async function meanProbability(run: RecordedRun, prompts: readonly Prompt[]): Promise<number> {
  const logits = run.value('output|logits');
  return numberOf(() => ofAnswers(rowsAt(logits, placesOf(prompts, 'end')).softmax(), prompts).mean());
}

async function numberOf(compute: () => tf.Tensor): Promise<number> {
  const scalar = tf.tidy(compute);
  const [value = Number.NaN] = await scalar.data();
  scalar.dispose();
  return value;
}
