import type { SliceItem, Tokenizer } from '@patchbay/core';
import * as tf from '@tensorflow/tfjs';
import type { Fact } from './world.js';

/** A fact told up to its answer. */
export interface Prompt {
  readonly fact: Fact;
  readonly ids: readonly number[];
  /** Positions of the first and the last token of the subject. */
  readonly subjectStart: number;
  readonly subjectEnd: number;
  /** Position of the last token: the answer is read here. */
  readonly end: number;
  /** Token id of the answer. */
  readonly answer: number;
}

/** Where something is looked at or changed: at the subject's or at the whole prompt's last token. */
export type Site = 'subjectEnd' | 'end';

/** One position of one prompt of a batch. */
export type Place = readonly [prompt: number, position: number];

/** A model, or a graph or a patched view of it. */
export interface Asked {
  apply(ids: tf.Tensor2D): { logits: tf.Tensor3D };
}

const BATCH = 64;

/** Writes a fact in one phrasing, in which `{X}` stands for the subject. */
export function promptOf(tokenizer: Tokenizer, fact: Fact, phrasing: string): Prompt {
  const before = phrasing.slice(0, phrasing.indexOf('{X}'));
  const ids = tokenizer.encode(phrasing.replace('{X}', fact.subject));
  return {
    fact,
    ids,
    subjectStart: tokenizer.encode(before.trimEnd()).length,
    subjectEnd: tokenizer.encode(before + fact.subject).length - 1,
    end: ids.length - 1,
    answer: tokenOf(tokenizer, ` ${fact.answer}`),
  };
}

/** The id of a text that is one token. @throws Error for another text */
function tokenOf(tokenizer: Tokenizer, text: string): number {
  const [id, ...more] = tokenizer.encode(text);
  if (id === undefined || more.length > 0) throw new Error(`'${text}' is not one token of this model.`);
  return id;
}

/** Prompts in batches of about equal lengths, so that little is padded. */
export function batches(prompts: readonly Prompt[]): Prompt[][] {
  const sorted = [...prompts].sort((a, b) => a.end - b.end);
  const count = Math.ceil(sorted.length / BATCH);
  return Array.from({ length: count }, (_, i) => sorted.slice(i * BATCH, (i + 1) * BATCH));
}

/** Prompts as int32 `[prompt, position]`. Causal attention never looks ahead at the padding. */
export function idsOf(batch: readonly Prompt[]): tf.Tensor2D {
  const length = Math.max(...batch.map(({ ids }) => ids.length));
  const rows = batch.map(({ ids }) => [...ids, ...new Array<number>(length - ids.length).fill(0)]);
  return tf.tensor2d(rows, [rows.length, length], 'int32');
}

/** The place of the site in each prompt. */
export function placesOf(batch: readonly Prompt[], site: Site): Place[] {
  return batch.map((prompt, i) => [i, prompt[site]]);
}

/** The slice of `[prompt, position, width]` that selects places, for patches. */
export function sliceAt(places: readonly Place[]): SliceItem[] {
  return [places.map(([prompt]) => prompt), places.map(([, position]) => position)];
}

/** Rows `[place, width]` of `x` `[prompt, position, width]`. */
export function rowsAt(x: tf.Tensor, places: readonly Place[]): tf.Tensor2D {
  const [, length = 1, width = 1] = x.shape;
  const rows = places.map(([prompt, position]) => prompt * length + position);
  return tf.gather(x.reshape([-1, width]) as tf.Tensor2D, tf.tensor1d(rows, 'int32'));
}

/** Log probabilities `[prompt, token]` of what comes after each prompt. */
export function logProbabilities(asked: Asked, ids: tf.Tensor2D, batch: readonly Prompt[]): tf.Tensor2D {
  return rowsAt(asked.apply(ids).logits, placesOf(batch, 'end')).logSoftmax();
}

/** What each row `[prompt, token]` holds for the answer of its prompt, `[prompt]`. */
export function ofAnswers(rows: tf.Tensor2D, prompts: readonly Prompt[]): tf.Tensor1D {
  const answers = prompts.map(({ answer }) => answer);
  return rows.mul(tf.oneHot(answers, rows.shape[1])).sum(1);
}

/** The prompts whose answer is the most likely of all tokens. */
export async function answeredRightly(asked: Asked, prompts: readonly Prompt[]): Promise<Set<Prompt>> {
  const right = new Set<Prompt>();
  for (const batch of batches(prompts)) {
    const best = tf.tidy(() => logProbabilities(asked, idsOf(batch), batch).argMax(-1));
    const tokens = await best.data();
    best.dispose();
    for (const [i, prompt] of batch.entries()) if (tokens[i] === prompt.answer) right.add(prompt);
  }
  return right;
}
