import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { beforeAll, expect, it } from 'vitest';
import * as core from '../src/index.js';
import { useBackend } from './support/backend.js';

beforeAll(useBackend);

/** Runs the first TypeScript example of a document; returns what it printed. */
async function runExample(file: string): Promise<string[]> {
  const readme = await readFile(file, 'utf8');
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
  return lines;
}

it('the example in the README runs as written', async () => {
  const lines = await runExample('README.md');
  expect(lines[0]).toMatch(/^<root>: Graph\(4\)\n├─inputIds: Tensor\(1, 14\)\n├─transformer: Graph/);
  expect(lines[1]).toBe(' Mary became  John');
});

it("the example in the library's README runs as written", async () => {
  const [tree] = await runExample('packages/core/README.md');
  expect(tree).toContain('├─hidden: Tensor(1, 8)');
});
