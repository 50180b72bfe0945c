import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../errors.js';
import { fileList } from './file-list.js';

/** A file as a picker of folders gives it. */
function file(path: string, content = path): File {
  const made = new File([content], path.split('/').at(-1) as string);
  Object.defineProperty(made, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
  return made;
}

async function text(files: ReturnType<typeof fileList>, name: string): Promise<string | null> {
  const bytes = await files.read(name);
  return bytes && new TextDecoder().decode(bytes);
}

describe('files from a picker', () => {
  it('are found by name', async () => {
    const files = fileList([file('config.json'), file('model.safetensors')]);
    expect(await text(files, 'model.safetensors')).toBe('model.safetensors');
    expect(await text(files, 'tokenizer.json')).toBeNull();
    expect(files.label).toBe('the files given');
  });

  it('of a folder are those of its outermost model, and what lies below', async () => {
    const files = fileList([
      file('picked/readme.md'),
      file('picked/gpt2/onnx/config.json'),
      file('picked/gpt2/config.json'),
      file('picked/gpt2/1_Pooling/config.json'),
      file('picked/config.yaml'),
    ]);
    expect(files.label).toBe('the folder picked/gpt2');
    expect(await text(files, 'config.json')).toBe('picked/gpt2/config.json');
    expect(await text(files, '1_Pooling/config.json')).toBe('picked/gpt2/1_Pooling/config.json');
    expect(await text(files, 'readme.md')).toBeNull();
  });

  it('with several models are refused, by name', () => {
    const several = [file('all/a/config.json'), file('all/b/model.json'), file('all/b/deep/config.json')];
    expect(() => fileList(several)).toThrow(CheckpointError);
    expect(() => fileList(several)).toThrow(/several models: in all\/a, all\/b\. Choose the folder of one/);
  });

  it('are read in parts, up to where they are needed', async () => {
    const content = 'x'.repeat(2 ** 20 + 5);
    const found = await fileList([file('config.json', content)]).open('config.json');
    const length = async (end?: number) => {
      let sum = 0;
      for await (const part of found?.parts({ end }) ?? []) sum += part.length;
      return sum;
    };
    expect(found?.size).toBe(content.length);
    expect(await length()).toBe(content.length);
    expect(await length(7)).toBe(7);
  });
});
