import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';

const SOURCE = resolve('packages/core/src/index.ts');

const MODEL = `import * as tf from '@tensorflow/tfjs';
import { Linear, Module, PatchableGraph } from '${SOURCE}';

class Block extends Module {
  readonly inner = new Linear(2, 2);

  forward(x: tf.Tensor): tf.Tensor {
    const scaled: tf.Tensor = x
      .mul(tf.scalar(\`(\`.length)) // one
      .add(1);
    return doubled(this.inner.apply(scaled) as tf.Tensor2D);
  }
}

function doubled(hidden: tf.Tensor2D): tf.Tensor {
  return tf.tidy((): tf.Tensor => {
    return hidden.mul(
      2,
    );
  });
}

const { graph } = new PatchableGraph(new Block(), [tf.ones([1, 2])]);
const codes = [graph.mul, graph.add, graph.mul_1, graph.inner, graph.inner.matMul].map(({ _code }) => _code);
console.log(JSON.stringify(codes));
`;

/** Outside of node_modules, whose files are not the author's. */
let folder: string;
let codes: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-production-'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'model.ts'), MODEL);
  await build({
    configFile: false,
    root: folder,
    publicDir: false,
    logLevel: 'error',
    build: {
      sourcemap: true,
      rolldownOptions: { input: join(folder, 'model.ts'), external: [/^@tensorflow\//] },
    },
  });
  const assets = join(folder, 'dist/assets');
  const script = join(assets, readdirSync(assets).find((name) => name.endsWith('.js')) as string);
  expect(readFileSync(script, 'utf8')).not.toMatch(/class Block|scaled/);
  // In a process of its own: vitest maps stacks itself.
  codes = JSON.parse(
    execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: 'pipe' }),
  ) as string[];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("[G3] a minified build shows its author's statements, lines and functions", () => {
  const statement = 'const scaled: tf.Tensor = x\n  .mul(tf.scalar(`(`.length)) // one\n  .add(1);';
  expect(codes[0]).toMatch(/^\/\/ .*model\.ts:9 in Block\.forward\n/);
  expect(codes[0]).toContain(statement);
  expect(codes[1]).toMatch(/^\/\/ .*model\.ts:10 in Block\.forward\n/);
  expect(codes[1]).toContain(statement);
  expect(codes[2]).toMatch(/model\.ts:17 in doubled\nreturn hidden\.mul\(\n {2}2,\n\);$/);
  expect(codes[3]).toMatch(
    /model\.ts:11 in Block\.forward\n\/\/ return doubled\(this\.inner\.apply\(scaled\) as tf\.Tensor2D\);\nfunction Linear\(input\) \{/,
  );
});

it('[G3] and of the library its own', () => {
  expect(codes[4]).toMatch(
    /nn\/linear\.ts:\d+ in Linear\.forward\nconst product = .*tf\.matMul\(rows, this\.weight as tf\.Tensor2D, false, true\)/,
  );
});
