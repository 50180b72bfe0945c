import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** A project outside of the repository that installed the packed library. */
let project: string;

const EXAMPLE = `
import * as tf from '@tensorflow/tfjs';
import { Linear, type NodePath, PatchableGraph, Sequential, ZeroPatch } from '@patchbay/core';

const model = new Sequential(new Linear(2, 3), new Linear(3, 1));
const x = tf.ones([1, 2]);
const graph = new PatchableGraph(model, [x]);
const node: NodePath | undefined = graph.graph['1']?.['matMul'];
const result: tf.Tensor = graph.patch({ '1.matMul': new ZeroPatch(), '1.bias': new ZeroPatch() }).apply(x);
console.log(String(node), String(result.dataSync()[0]), node?._code);
`;

function run(command: string, ...parameters: string[]): string {
  return execFileSync(command, parameters, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function tool(path: string, ...parameters: string[]): string {
  return run(process.execPath, resolve('node_modules', path), ...parameters);
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'patchbay-package-'));
  execFileSync('npm', ['pack', '--pack-destination', project], { cwd: 'packages/core', stdio: 'ignore' });
  const tfjs = '4.22.0';
  const manifest = {
    type: 'module',
    dependencies: { '@patchbay/core': 'file:patchbay-core-0.1.0.tgz', '@tensorflow/tfjs': tfjs },
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2022',
    skipLibCheck: true,
    types: [],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  writeFileSync(join(project, 'main.ts'), EXAMPLE);
  writeFileSync(join(project, 'index.html'), '<script type="module" src="main.ts"></script>');
  run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund');
}, 180_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

it('the packed library has right types, and runs in plain Node', { timeout: 60_000 }, () => {
  tool('typescript/bin/tsc');
  const printed = run(process.execPath, 'main.js');
  expect(printed).toContain('matMul: Tensor(1, 1) 0 ');
  expect(printed).toContain('linear.ts');
  expect(printed).toContain('tf.matMul(rows, this.weight as tf.Tensor2D, false, true)');
});

it('the packed library builds into a page with Vite', { timeout: 60_000 }, () => {
  expect(tool('vite/bin/vite.js', 'build', '--logLevel', 'warn')).not.toMatch(/error/i);
});
