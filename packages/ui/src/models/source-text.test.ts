import { expect, it } from 'vitest';
import { readSourceText } from './source-text.js';

const hub = (id: string, revision: string | null = null) => ({ source: { kind: 'hub', id, revision } });
const url = (address: string, title: string) => ({ title, source: { kind: 'url', url: address } });

it.each([
  ['EleutherAI/pythia-70m', hub('EleutherAI/pythia-70m')],
  ['  openai-community/gpt2 ', hub('openai-community/gpt2')],
  ['EleutherAI/pythia-70m@step1000', hub('EleutherAI/pythia-70m', 'step1000')],
  ['https://huggingface.co/openai-community/gpt2', hub('openai-community/gpt2')],
  ['huggingface.co/openai-community/gpt2', hub('openai-community/gpt2')],
  ['hf.co/openai-community/gpt2/tree/main', hub('openai-community/gpt2', 'main')],
  [
    'https://huggingface.co/openai-community/gpt2/blob/main/model.safetensors',
    hub('openai-community/gpt2', 'main'),
  ],
  ['https://huggingface.co/facebook/opt-125m/blob/main/pytorch_model.bin', hub('facebook/opt-125m', 'main')],
  [
    'https://huggingface.co/owner/name/tree/refs%2Fpr%2F4/small',
    url('https://huggingface.co/owner/name/tree/refs%2Fpr%2F4/small', 'owner/name'),
  ],
  ['https://example.org/models/mine/', url('https://example.org/models/mine/', 'mine')],
  ['https://example.org/yolo/model.json', url('https://example.org/yolo/model.json', 'yolo')],
  ['http://127.0.0.1:8000', url('http://127.0.0.1:8000/', '127.0.0.1:8000')],
  ['./models/little-world/', url('./models/little-world/', 'little-world')],
  ['./models/100%', url('./models/100%', '100%')],
  ['https://example.org/a%20b/100%', url('https://example.org/a%20b/100%', '100%')],
])('%s names a model', (text, found) => {
  expect(readSourceText(text)).toMatchObject({ kind: 'source', ...found });
});

it('takes the revision that stands apart, unless the text has one', () => {
  expect(readSourceText('a/b', ' v1 ')).toMatchObject(hub('a/b', 'v1'));
  expect(readSourceText('a/b@v2', 'v1')).toMatchObject(hub('a/b', 'v2'));
});

it.each([
  ['gpt2', /owner\/name/],
  ['a/b/c', /neither/],
  ['my model/x', /spaces/],
  ['ftp://example.org/x', /https/],
  ['https://', /complete/],
  ['//example.org/x', /complete/],
  ['https://me:secret@example.org/x', /password/],
  ['https://huggingface.co/gpt2', /owner\/name/],
  ['https://huggingface.co/datasets/owner/name', /no model on the Hub/],
])('%s is explained', (text, message) => {
  expect(readSourceText(text)).toMatchObject({ kind: 'problem', message: expect.stringMatching(message) });
});

it('knows what a browser refuses a page that came by https', () => {
  const read = (text: string) => readSourceText(text, '', 'https:');
  expect(read('http://example.org/x')).toMatchObject({
    kind: 'problem',
    message: expect.stringMatching(/https:\/\/ answer/),
  });
  expect(read('http://127.0.0.1:8000/x')).toMatchObject({ kind: 'source' });
  expect(read('https://example.org/x')).toMatchObject({ kind: 'source' });
});

it('says nothing about an empty field', () => {
  expect(readSourceText('  ')).toEqual({ kind: 'empty' });
});
