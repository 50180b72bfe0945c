import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';

const SOURCE = resolve('packages/core/src');

/** A model as a user would write it. The build leaves tfjs out, and shows what it found as a global. */
const MODEL = `
import * as tf from '@tensorflow/tfjs';
import { Module } from '${SOURCE}/module/module.ts';
import { Sequential } from '${SOURCE}/module/containers.ts';
import { named } from '${SOURCE}/module/tensors.ts';
import { Linear } from '${SOURCE}/nn/linear.ts';
import { PatchableGraph } from '${SOURCE}/patchable/patchable-graph.ts';

class DeclaredBlock extends Module {
  static inputs = ['hidden', 'mask'];
  static typeName = 'DeclaredBlock';
  readonly linear = new Linear(2, 2);
  forward(first: tf.Tensor, second: tf.Tensor): tf.Tensor {
    return named('masked', this.linear.apply(first).mul(second));
  }
}

class UndeclaredBlock extends Module {
  forward(first: tf.Tensor, second: tf.Tensor, third?: tf.Tensor): tf.Tensor {
    return third === undefined ? first.add(second) : third;
  }
}

class Model extends Module {
  readonly declared = new DeclaredBlock();
  readonly undeclared = new UndeclaredBlock();
  readonly rest = new Sequential(new Linear(2, 1));
  forward(x: tf.Tensor): tf.Tensor {
    return this.rest.apply(this.undeclared.apply(this.declared.apply(x, x), x));
  }
}

const model = new Model();
const pg = new PatchableGraph(model, [tf.ones([1, 2])]);
globalThis.minified = {
  types: Object.fromEntries([...model.namedModules()].map(([name, module]) => [name, module.typeName])),
  paths: pg.match('**'),
  declared: pg.graph.declared._code,
};
`;

interface Found {
  code: string;
  types: Record<string, string>;
  paths: string[];
  declared: string;
}

/** Inside of node_modules, where the built code finds tfjs. */
let folder: string;

/** Builds the model, with Vite's defaults or a configuration file, runs it, and returns what it found. */
async function built(configFile: string | false): Promise<Found> {
  const outDir = join(folder, configFile === false ? 'default' : 'configured');
  const input = join(folder, 'model.ts');
  await build({
    configFile,
    root: folder,
    publicDir: false,
    logLevel: 'error',
    build: { outDir, rolldownOptions: { input, external: [/^@tensorflow\//] } },
  });
  const [file] = readdirSync(join(outDir, 'assets')).filter((name) => name.endsWith('.js'));
  const path = join(outDir, 'assets', file as string);
  await import(/* @vite-ignore */ pathToFileURL(path).href);
  return { code: readFileSync(path, 'utf8'), ...Reflect.get(globalThis, 'minified') };
}

let byDefault: Found;

beforeAll(async () => {
  mkdirSync('node_modules/.cache', { recursive: true });
  folder = mkdtempSync(resolve('node_modules/.cache/minified-'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'model.ts'), MODEL);
  byDefault = await built(false);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('[M4] the default build of Vite renames classes and arguments', () => {
  expect(byDefault.code).not.toMatch(/class (Declared|Undeclared|Linear)/);
  expect(byDefault.code).not.toContain('second');
  expect(byDefault.types.undeclared).not.toBe('UndeclaredBlock');
});

it('[M4] declared type names and those of the library survive it', () => {
  expect(byDefault.types).toMatchObject({
    declared: 'DeclaredBlock',
    'declared.linear': 'Linear',
    rest: 'Sequential',
    'rest.0': 'Linear',
  });
  expect(byDefault.declared).toContain('function DeclaredBlock(hidden, mask)');
});

it('[M4] declared input names survive it, and others are input, input_1', () => {
  expect(byDefault.paths.filter((path) => /^(un)?declared\.[^.]*$/.test(path))).toEqual([
    'declared.hidden',
    'declared.mask',
    'declared.linear',
    'declared.masked',
    'declared.output',
    'undeclared.input',
    'undeclared.input_1',
    'undeclared.add',
    'undeclared.output',
  ]);
});

it('[M4] the build of the workbench keeps the names of all classes', async () => {
  const { code, types } = await built(resolve('vite.config.ts'));
  expect(code).not.toContain('second');
  expect(types).toEqual({ ...byDefault.types, '': 'Model', undeclared: 'UndeclaredBlock' });
});
