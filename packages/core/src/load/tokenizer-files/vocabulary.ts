import { CheckpointError } from '../../errors.js';
import type { Config } from '../../models/config.js';

/** Ids by tokens. */
export type Vocabulary = Readonly<Record<string, number>>;

/** More tokens than any vocabulary has. */
const MOST_TOKENS = 2 ** 24;

/** The vocabulary in a vocab.json. @throws CheckpointError */
export function vocabularyOf(json: Config): Vocabulary {
  for (const [token, id] of Object.entries(json)) {
    if (Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MOST_TOKENS) continue;
    throw new CheckpointError(
      `vocab.json gives the token ${JSON.stringify(token)} the id ${JSON.stringify(id)}, which is no id of a token.`,
    );
  }
  return json as Vocabulary;
}

/** The vocabulary in a vocab.txt: each line is the token whose id is the number of the line. */
export function listedVocabulary(text: string): Vocabulary {
  // What is white space differs from JavaScript's `trimEnd` for some characters.
  return Object.fromEntries(linesOf(text).map((line, id) => [line.replace(/\p{White_Space}+$/u, ''), id]));
}

/** The pairs of tokens in a merges.txt, those that are merged first before the others. @throws CheckpointError */
export function mergesOf(text: string): [string, string][] {
  return linesOf(text).flatMap((line, i): [string, string][] => {
    if (line.startsWith('#version')) return [];
    const [left = '', right = '', ...rest] = line.split(' ');
    if (left !== '' && right !== '' && rest.length === 0) return [[left, right]];
    throw new CheckpointError(`Line ${i + 1} of merges.txt is no pair of tokens: ${JSON.stringify(line)}.`);
  });
}

/** Lines without their ends; nothing follows the last end. */
function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
