import { describe, expect, it } from 'vitest';
import { SourceError } from '../../errors.js';
import { HUB, parseHubId, parseHubUrl } from './address.js';

it.each([
  ['openai-community/gpt2', 'openai-community/gpt2', null],
  ['Qwen/Qwen2.5-0.5B', 'Qwen/Qwen2.5-0.5B', null],
  ['a/b@v1.0', 'a/b', 'v1.0'],
  ['a/b@refs/pr/3', 'a/b', 'refs/pr/3'],
])('%s is a Hub id', (text, model, revision) => {
  expect(parseHubId(text)).toEqual({ model, revision, folder: '', file: null });
});

it.each([
  'gpt2',
  'a/b/c',
  './a/b',
  '../a',
  '/a/b',
  'a/',
  'a/b@',
  'a/..',
  'a/.b',
  'a b/c',
  'https://a/b',
  'a\\b',
  `a/${'b'.repeat(97)}`,
  '',
])('%s is no Hub id', (text) => {
  expect(parseHubId(text)).toBeNull();
});

describe('addresses of the Hub', () => {
  const parse = (url: string, hub = HUB) => parseHubUrl(new URL(url), hub);

  it.each([
    ['https://huggingface.co/a/b', null, '', null],
    ['https://hf.co/a/b/', null, '', null],
    ['https://huggingface.co/a/b?library=x#files', null, '', null],
    ['https://huggingface.co/a/b/tree/main', 'main', '', null],
    ['https://huggingface.co/a/b/tree/main/onnx/small', 'main', 'onnx/small/', null],
    ['https://huggingface.co/a/b/tree/refs%2Fpr%2F1', 'refs/pr/1', '', null],
    ['https://huggingface.co/a/b/tree/refs/pr/1', 'refs/pr/1', '', null],
    ['https://huggingface.co/a/b/blob/refs/convert/f16/config.json', 'refs/convert/f16', '', 'config.json'],
    ['https://huggingface.co/a/b/blob/v1/config.json', 'v1', '', 'config.json'],
    ['https://huggingface.co/a/b/resolve/v1/tfjs/model.json?download=true', 'v1', 'tfjs/', 'model.json'],
  ])('%s', (url, revision, folder, file) => {
    expect(parse(url)).toEqual({ model: 'a/b', revision, folder, file });
  });

  it('other hosts are no Hub, unless one is named', () => {
    expect(parse('https://example.org/a/b')).toBeNull();
    expect(parse('https://huggingface.co/a/b', 'https://example.org')).toBeNull();
    expect(parse('https://example.org/a/b', 'https://example.org')?.model).toBe('a/b');
  });

  it.each([
    'https://huggingface.co/',
    'https://huggingface.co/datasets/a/b',
    'https://huggingface.co/spaces/a',
    'https://huggingface.co/a/b/discussions',
    'https://huggingface.co/a/b/tree',
  ])('%s is a page, but no model', (url) => {
    expect(() => parse(url)).toThrow(SourceError);
    expect(() => parse(url)).toThrow(/is no model on the Hub\. A model's page is https:\/\/huggingface\.co/);
  });
});
