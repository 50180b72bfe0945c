import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from './tokenizer.js';

const FOLDER = 'packages/core/test/golden/tokenizers';

interface Golden {
  /** Null where the ids are random ones. */
  text: string | null;
  ids: number[];
  /** Without special tokens. */
  decoded: string;
}

function load(name: string): { tokenizer: Tokenizer; golden: Golden[] } {
  const read = (file: string) => JSON.parse(readFileSync(`${FOLDER}/${name}/${file}`, 'utf8'));
  const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  return { tokenizer, golden: read('golden.json') };
}

const texts = (tokenizer: Tokenizer, ids: readonly number[]) => ids.map((id) => tokenizer.tokenText(id));

it.each(readdirSync(FOLDER))('%s encodes and decodes as transformers does', (name) => {
  const { tokenizer, golden } = load(name);
  expect(golden.length).toBeGreaterThan(50);
  for (const { text, ids, decoded } of golden) {
    if (text !== null) expect(tokenizer.encode(text), text).toEqual(ids);
    expect(tokenizer.decode(ids), `${text ?? ids}`).toBe(decoded);
  }
});

describe('the texts of tokens', () => {
  it.each([
    ['gpt2', (text: string) => text],
    ['llama3', (text: string) => `<|begin_of_text|>${text}`],
    ['gpt-neox', (text: string) => text.normalize('NFC')],
    ['qwen2', (text: string) => text.normalize('NFC')],
    // A space and what stands for it are the same to this kind.
    ['gemma', (text: string) => `<bos>${text.replaceAll('▁', ' ')}`],
  ])('%s: joined they are the text, but for bytes that are none by themselves', (name, normalize) => {
    const { tokenizer, golden } = load(name);
    const given = golden.filter((each): each is Golden & { text: string } => each.text !== null);
    const whole = given.filter(({ ids }) => !texts(tokenizer, ids).some((text) => text.startsWith('\\x')));
    expect(whole.length).toBeGreaterThan(20);
    for (const { text, ids } of whole) {
      expect(texts(tokenizer, ids).join('')).toBe(normalize(text));
    }
  });

  it.each([
    [
      'wordpiece-uncased',
      'Unplayed ▁ [MASK].',
      ['[CLS]', 'u', '##n', '##p', '##layed', '[UNK]', '[MASK]', '.', '[SEP]'],
    ],
    ['llama2', 'The dog\n', ['<s>', ' The', ' dog', '\n']],
    ['metaspace', 'a <extra> dog', ['<s>', ' a', ' ', '<extra>', 'd', 'og']],
  ])('%s: %j', (name, text, expected) => {
    const { tokenizer } = load(name);
    expect(texts(tokenizer, tokenizer.encode(text))).toEqual(expected);
  });
});

describe('the mask token', () => {
  it.each([
    ['wordpiece-uncased', '[MASK]'],
    ['gpt2', null],
  ])('%s has %s', (name, expected) => {
    const { tokenizer } = load(name);
    const { maskTokenId: id } = tokenizer;
    expect(id === null ? null : tokenizer.tokenText(id)).toBe(expected);
  });

  it('is found without tokenizer_config.json, and where it has settings of its own', () => {
    const json = JSON.parse(readFileSync(`${FOLDER}/wordpiece-uncased/tokenizer.json`, 'utf8'));
    const id = new Tokenizer(json, {}).maskTokenId;
    expect(id).toBe(4);
    expect(new Tokenizer(json, { mask_token: { content: '[PAD]' } }).maskTokenId).toBe(0);
  });
});
