import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../errors.js';
import type { Config } from '../../models/config.js';
import { fileList } from '../file-list.js';
import type { Tokenizer } from '../tokenizer.js';
import { readTokenizer } from './read-tokenizer.js';

const FOLDER = 'packages/core/test/golden/tokenizer-files';

type Files = Record<string, string | Uint8Array<ArrayBuffer>>;

function filesOf(name: string): Files {
  const names = readdirSync(`${FOLDER}/${name}`);
  return Object.fromEntries(names.map((file) => [file, readFileSync(`${FOLDER}/${name}/${file}`, 'utf8')]));
}

async function load(files: Files, model?: Config): Promise<Tokenizer> {
  const list = fileList(Object.entries(files).map(([name, content]) => new File([content], name)));
  return readTokenizer(list, model ?? JSON.parse(files['config.json'] as string), {});
}

it.each(readdirSync(FOLDER))('%s encodes and decodes as transformers does', async (name) => {
  const files = filesOf(name);
  const tokenizer = await load(files);
  const golden = JSON.parse(files['golden.json'] as string);
  expect(golden.length).toBeGreaterThan(50);
  for (const { text, ids, decoded } of golden) {
    if (text !== null) expect(tokenizer.encode(text), text).toEqual(ids);
    expect(tokenizer.decode(ids), `${text ?? ids}`).toBe(decoded);
  }
});

it('the mask token is known', async () => {
  expect((await load(filesOf('bert'))).maskTokenId).toBe(4);
  const roberta = await load(filesOf('roberta'));
  expect(roberta.tokenText(roberta.maskTokenId as number)).toBe('[MASK]');
  expect((await load(filesOf('opt'))).maskTokenId).toBeNull();
});

it('lines may end as on Windows, and the last one without an end', async () => {
  const { 'merges.txt': merges, ...files } = filesOf('gpt2') as Record<string, string>;
  const other = await load({ ...files, 'merges.txt': (merges as string).replaceAll('\n', '\r\n').trimEnd() });
  const text = 'The quick brown fox isn’t # amused';
  expect(other.encode(text)).toEqual((await load(filesOf('gpt2'))).encode(text));
});

describe('what cannot be used is refused in words', () => {
  const { 'vocab.json': vocab, 'merges.txt': merges } = filesOf('gpt2') as Record<string, string>;
  const gpt2 = { model_type: 'gpt2' };
  const supported =
    /GPT2Tokenizer \(vocab\.json and merges\.txt\), RobertaTokenizer.*BertTokenizer \(vocab\.txt\)/;
  it.each<[what: string, files: Files, model: Config, message: RegExp]>([
    ['nothing', {}, gpt2, /no tokenizer\.json, nor vocab\.json and merges\.txt in the files given/],
    [
      'only half of it',
      { 'vocab.json': vocab as string },
      gpt2,
      /no tokenizer\.json, nor vocab\.json and merges\.txt/,
    ],
    ['only the other half', { 'merges.txt': merges as string }, gpt2, /no tokenizer\.json, nor vocab\.json/],
    ['no words', {}, { model_type: 'bert' }, /no tokenizer\.json, nor vocab\.txt/],
    [
      'a model with other tokenizers',
      { 'spiece.model': '' },
      { model_type: 'llama' },
      /no tokenizer\.json .*that of 'llama', cannot be made/,
    ],
    [
      'SentencePiece',
      { 'spiece.model': '', 'tokenizer_config.json': '{"tokenizer_class":"T5TokenizerFast"}' },
      gpt2,
      /its tokenizer, T5Tokenizer, cannot be made from other files; GPT2Tokenizer/,
    ],
    ['a class named like a method', {}, { model_type: 'toString' }, supported],
    [
      'a vocabulary that is none',
      { 'vocab.json': '{"a":"b"}', 'merges.txt': '' },
      gpt2,
      /token "a" the id "b"/,
    ],
    [
      'a huge id',
      { 'vocab.json': '{"a":4294967295}', 'merges.txt': '' },
      gpt2,
      /the id 4294967295, which is no id/,
    ],
    [
      'a line that is no merge',
      { 'vocab.json': '{}', 'merges.txt': '#version\na b\nabc\n' },
      gpt2,
      /Line 3 of merges\.txt is no pair of tokens: "abc"/,
    ],
    [
      'no text',
      { 'vocab.json': '{}', 'merges.txt': Uint8Array.of(0xff) },
      gpt2,
      /merges\.txt in the files given is no text in UTF-8/,
    ],
  ])('%s', async (_, files, model, message) => {
    const failure = load(files, model);
    await expect(failure).rejects.toThrow(CheckpointError);
    await expect(failure).rejects.toThrow(message);
  });
});
