import { expect, it } from 'vitest';
import { displayName, methodLines, Sources } from './sources.js';

const TEXT = `class A {
  forward(x: Tensor) {
    const y = tf.where(
      x.greater(0),
      x,
    );
    return y;
  }

  other() {
    return 1;
  }
}`;

it('finds the method around a line', () => {
  expect(methodLines(TEXT, 'forward', 5)).toEqual([2, 8]);
  expect(methodLines(TEXT, 'missing', 5)).toEqual([5, 5]);
});

it('[G3] resolves bundled code through its source map, and skips tfjs', async () => {
  const map = {
    version: 3,
    sources: ['node_modules/@tensorflow/op.ts', 'src/model.ts'],
    sourcesContent: ['an op', 'line one\nconst here = tf.relu(x);'],
    names: [],
    // Column 0 is op.ts 1:0, column 10 is model.ts 2:0.
    mappings: 'AAAA,UCCA',
  };
  const files: Record<string, string> = {
    'http://host/a.js': 'code\n//# sourceMappingURL=a.js.map',
    'http://host/a.js.map': JSON.stringify(map),
  };
  const frame = (column: number) => ({ url: 'http://host/a.js', line: 1, column, functionName: 'A.forward' });
  const stack = [frame(1), frame(11)];
  const sources = new Sources();
  await sources.load([stack], async (url) => files[url] ?? null);
  expect(sources.position(stack)).toEqual({
    file: 'http://host/src/model.ts',
    line: 2,
    functionName: 'A.forward',
    text: 'const here = tf.relu(x);',
    textLine: 2,
  });
  expect(sources.fileText(stack, 'http://host/src/model.ts')).toContain('line one');
});

it('[G3] minified code shows the whole statement and the function that its author wrote', async () => {
  const model = `export class Block extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return x
      .mul(2)
      .add(
        tf.scalar(\`(\`.length), // (
      );
  }
}`;
  const map = {
    version: 3,
    sources: ['../src/block.ts'],
    sourcesContent: [model],
    names: [],
    // Column 10 is line 5, column 0.
    mappings: 'AAAA,UAIA',
  };
  const inline = `data:application/json;base64,${btoa(JSON.stringify(map))}`;
  const files: Record<string, string> = {
    'http://host/assets/a.js': `class e{forward(t){}}\n//# sourceMappingURL=${inline}`,
    [inline]: JSON.stringify(map),
  };
  const sources = new Sources();
  const stack = [{ url: 'http://host/assets/a.js', line: 1, column: 11, functionName: 'e.forward' }];
  await sources.load([stack], async (url) => files[url] ?? null);
  expect(sources.position(stack)).toEqual({
    file: 'http://host/src/block.ts',
    line: 5,
    functionName: 'Block.forward',
    text: 'return x\n  .mul(2)\n  .add(\n    tf.scalar(`(`.length), // (\n  );',
    textLine: 3,
  });
});

it('a script that cannot be fetched leaves the position of the code that ran', async () => {
  const stack = [{ url: 'http://host/b.js', line: 3, column: 1, functionName: 'A.forward' }];
  const sources = new Sources();
  await sources.load([stack], () => Promise.reject(new Error('offline')));
  expect(sources.position(stack)).toEqual({
    file: 'http://host/b.js',
    line: 3,
    functionName: 'A.forward',
    text: null,
    textLine: 3,
  });
});

it.each([
  ['http://127.0.0.1:5173/packages/core/src/nn/linear.ts?t=1', 'packages/core/src/nn/linear.ts'],
  ['../../../packages/core/src/nn/linear.ts', 'packages/core/src/nn/linear.ts'],
  ['file:///home/me/project/src/model.ts', 'project/src/model.ts'],
])('names %s as %s', (file, name) => {
  expect(displayName(file)).toBe(name);
});
