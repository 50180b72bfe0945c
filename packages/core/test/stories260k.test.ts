import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { loadPretrained } from '../src/load/load-pretrained.js';
import type { PretrainedOptions } from '../src/load/pretrained.js';
import { useBackend } from './support/backend.js';
import { generateGreedily } from './support/greedy.js';
import { HubServer } from './support/hub-server.js';

const FOLDER = '../shared/models/stories260k';
const isAbsent = !existsSync(FOLDER);
const STORY = 'Once upon a time, there was a little girl named Lily. She loved to play outside in the park.';

beforeAll(useBackend);

it('is there where it must be', () => {
  if (isAbsent && process.env.CI === 'true') throw new Error(`${FOLDER} is missing`);
});

async function expectStory(
  source: string,
  tokens: number,
  options: PretrainedOptions<'text-generation'> = {},
): Promise<void> {
  const { model, tokenizer } = await loadPretrained(source, { task: 'text-generation', ...options });
  const start = tokenizer.encode('');
  expect(start).toEqual([1]);
  const text = tokenizer.decode(await generateGreedily(model, start, tokens)).trimStart();
  expect(text.length).toBeGreaterThan(2 * tokens);
  expect(text.slice(0, STORY.length)).toBe(STORY.slice(0, text.length));
  model.dispose();
}

it.skipIf(isAbsent)(`stories260k tells its story (skipped without ${FOLDER})`, () => expectStory(FOLDER, 40));

it.skipIf(isAbsent)(`and from a Hub whose connections break (skipped without ${FOLDER})`, async () => {
  const names = readdirSync(FOLDER);
  const files = names.map((name) => [name, new Uint8Array(readFileSync(`${FOLDER}/${name}`))] as const);
  const hub = await HubServer.start({ 'ours/stories': { files: Object.fromEntries(files) } });
  hub.faults.push({ path: 'model.safetensors', server: 'cdn', times: 3, cutAfter: 300_000 });
  await expectStory('ours/stories', 8, { hubUrl: hub.url, retry: { firstDelay: 1 } });
  expect(hub.asked('model.safetensors').map(({ range }) => range)).toContain('bytes=900000-');
  await hub.stop();
});
