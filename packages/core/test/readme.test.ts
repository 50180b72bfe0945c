import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { beforeAll, expect, it } from 'vitest';
import * as core from '../src/index.js';
import { useBackend } from './support/backend.js';

beforeAll(useBackend);

it('the example in the README runs as written', async () => {
  const readme = await readFile('README.md', 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 };
  const body = transpileModule(example, { compilerOptions }).outputText.replace(/^import .*$/gm, '');
  const lines: string[] = [];
  const console = { log: (...parts: unknown[]) => lines.push(parts.join(' ')) };
  const names = ['tf', 'console', ...Object.keys(core)];
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...given: unknown[]) => Promise<void>;
  await new AsyncFunction(...names, body)(tf, console, ...Object.values(core));
  expect(lines[0]).toMatch(/^<root>: Graph\(4\)\n├─inputIds: Tensor\(1, 14\)\n├─transformer: Graph/);
  expect(lines[1]).toBe(' Mary became  John');
});
