import * as tf from '@tensorflow/tfjs';
import ts from 'typescript';
import { beforeAll, expect, it } from 'vitest';
import type { NodePath } from '../src/index.js';
import { PatchableGraph } from '../src/index.js';
import { useBackend } from './support/backend.js';
import { goldenModel } from './support/models.js';
import { RandomModel, randomNumbers } from './support/random-model.js';
import { counting, ToyZoo } from './support/toy-models.js';

beforeAll(useBackend);

/** What printed code may use without defining it. */
const GLOBALS = ['tf', 'graph', 'constants', 'undefined', 'NaN', 'Infinity'];

function parseErrors(code: string): string[] {
  const options = { reportDiagnostics: true, compilerOptions: { target: ts.ScriptTarget.ES2022 } };
  const { diagnostics = [] } = ts.transpileModule(code, options);
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Variables that no line before defines, or that two define. */
function scopeErrors(code: string): string[] {
  const errors: string[] = [];
  const defined = new Set(GLOBALS);
  const define = (name: ts.BindingName) => {
    if (defined.has(name.getText())) errors.push(`${name.getText()} is defined twice`);
    defined.add(name.getText());
  };
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node)) {
      for (const { name } of node.parameters) define(name);
      node.body?.forEachChild(visit);
    } else if (ts.isVariableDeclaration(node)) {
      if (node.initializer !== undefined) visit(node.initializer);
      define(node.name);
    } else if (ts.isPropertyAccessExpression(node)) visit(node.expression);
    else if (ts.isPropertyAssignment(node)) visit(node.initializer);
    else if (ts.isIdentifier(node) && !defined.has(node.text)) errors.push(`${node.text} is not defined`);
    else node.forEachChild(visit);
  };
  visit(ts.createSourceFile('code.ts', code, ts.ScriptTarget.ES2022, true));
  return errors;
}

/** The nodes of a tree, parents first. */
function* allNodes(node: NodePath): Iterable<NodePath> {
  yield node;
  for (const child of Object.values(node)) yield* allNodes(child);
}

/** Every compiled graph parses, names all values, and defines what it uses. @returns how many there are */
function expectSound({ graph }: PatchableGraph): number {
  const codes = [...allNodes(graph)].map(({ _code }) => _code).filter((code) => /^function /m.test(code));
  for (const code of codes) {
    expect(scopeErrors(code), code).toEqual([]);
    expect(code.replace(/^\/\/.*$/gm, '')).not.toMatch(/\?|\[object/);
  }
  expect(parseErrors(codes.join('\n'))).toEqual([]);
  return codes.length;
}

it('what checks the code finds what is wrong', () => {
  expect(parseErrors('function A(x) {\n  return tf.(x);\n}')).toEqual(['Identifier expected.']);
  expect(scopeErrors('function A(x) {\n  const y = tf.add(x, z.y);\n  const y = x;\n}')).toEqual([
    'z is not defined',
    'y is defined twice',
  ]);
  expect(scopeErrors('function A(x) {\n  const y = tf.neg(z);\n  const z = x;\n  return { z };\n}')).toEqual([
    'z is not defined',
  ]);
});

it.each(Array.from({ length: 30 }, (_, seed) => seed))(
  '[G3] the code of random model %i is sound',
  (seed) => {
    const model = new RandomModel(randomNumbers(seed), 2);
    const inputs: [tf.Tensor, tf.Tensor] = [counting(2, 3), counting(2, 3)];
    expect(expectSound(new PatchableGraph(model, inputs))).toBeGreaterThan(0);
    expectSound(new PatchableGraph(model, inputs, { classesToSkipCompiling: [RandomModel] }));
  },
);

it('[G3] the code of a model with most things is sound', () => {
  expect(expectSound(new PatchableGraph(new ToyZoo(), [counting(3, 2) as tf.Tensor2D]))).toBe(5);
});

it.each(['gpt2-tiny', 'llama-tiny'])('[G3] the code of %s is sound', async (name) => {
  const { model } = await goldenModel(name);
  const inputIds = tf.tensor2d([[1, 2, 3]], [1, 3], 'int32');
  expect(expectSound(new PatchableGraph(model, [inputIds]))).toBeGreaterThan(10);
});
