import { existsSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { loadPretrained } from '../src/load/load-pretrained.js';
import { useBackend } from './support/backend.js';
import { generateGreedily } from './support/greedy.js';

const FOLDER = '../shared/models/stories260k';
const isAbsent = !existsSync(FOLDER);

beforeAll(useBackend);

it('is there where it must be', () => {
  if (isAbsent && process.env.CI === 'true') throw new Error(`${FOLDER} is missing`);
});

it.skipIf(isAbsent)(`stories260k tells its story (skipped without ${FOLDER})`, async () => {
  const { model, tokenizer } = await loadPretrained(FOLDER, { task: 'text-generation' });
  const start = tokenizer.encode('');
  expect(start).toEqual([1]);
  const story =
    'Once upon a time, there was a little girl named Lily. She loved to play outside in the park.';
  let text = '';
  const ids = await generateGreedily(model, start, 40);
  text = tokenizer.decode(ids).trimStart();
  expect(text.slice(0, story.length)).toBe(story);
});
