import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { SourceError } from '../errors.js';
import { openSource, tfjsFile } from './source.js';

const little = 'public/models/little-world';

it.each([
  [little, little, null],
  [`${little}/`, little, null],
  [`./${little}`, `./${little}`, null],
  [`${little}/config.json`, `${little}/`.slice(0, -1), 'config.json'],
  [pathToFileURL(little), pathToFileURL(little).pathname, null],
  [`${pathToFileURL(little)}/model.safetensors`, pathToFileURL(little).pathname, 'model.safetensors'],
  // Named like a model on the Hub, but there is such a folder.
  ['packages/core', 'packages/core', null],
])('in Node %s is a folder', async (source, label, file) => {
  const opened = await openSource(source, {});
  expect(opened.files.label).toBe(label);
  expect(opened.file).toBe(file);
});

it('text that is neither a path nor a Hub id is refused', async () => {
  for (const text of ['gpt2', './nowhere', 'a/b/c', '/nowhere/a'])
    await expect(openSource(text, {})).rejects.toThrow(
      new SourceError(
        `There is no folder '${text}', and it is no model on the Hub either, which would be named 'owner/name'.`,
      ),
    );
});

it.each([
  ['https://example.org/m', 'https://example.org/m/', null],
  ['https://example.org/m/?key=1#x', 'https://example.org/m/', null],
  [new URL('https://me:secret@example.org/m/config.json?key=1'), 'https://example.org/m/', 'config.json'],
  ['https://example.org/model.json', 'https://example.org/', 'model.json'],
  ['https://example.org/m/pytorch_model.bin', 'https://example.org/m/', 'pytorch_model.bin'],
])('%s is a folder on a server', async (source, label, file) => {
  const opened = await openSource(source, {});
  expect(opened.files.label).toBe(label);
  expect(opened.file).toBe(file);
});

it('a model that TensorFlow.js has saved is known by its model.json', async () => {
  const files = (...names: string[]) => names.map((name) => new File([], name));
  for (const [source, name] of [
    [files('model.json', 'group1-shard1of1.bin'), 'model.json'],
    [files('config.json', 'model.json'), null],
    [[], null],
    ['public/models/digits', 'model.json'],
    [little, null],
    ['https://example.org/m/my_model.json', 'my_model.json'],
    ['https://example.org/m', null],
  ] as const)
    expect(tfjsFile(await openSource(source, {}))).toBe(name);
});
