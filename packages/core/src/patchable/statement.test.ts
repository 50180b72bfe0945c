import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { Statements } from './statement.js';

/** The statement at the line that holds `mark`, which stands in the code as a comment. */
function statementAt(code: string, mark = '//!'): string | undefined {
  const line = code.split('\n').findIndex((text) => text.includes(mark)) + 1;
  return new Statements(code).at(line)?.text.replaceAll(` ${mark}`, '');
}

it.each([
  [
    'an argument of a call',
    `{
  const y = tf.where(
    x.greater(0), //!
    x,
  );
  return y;
}`,
    'const y = tf.where(\n  x.greater(0),\n  x,\n);',
  ],
  [
    'a chain of methods',
    `{
  f();
  const y = x

    // then
    .add(1)
    .mul(2) //!
    .sub(3);
  g();
}`,
    'const y = x\n\n  // then\n  .add(1)\n  .mul(2)\n  .sub(3);',
  ],
  ['an operator', 'f();\nconst y =\n  a +\n  b; //!\ng();', 'const y =\n  a +\n  b;'],
  ['a choice', 'f();\nreturn a\n  ? b //!\n  : c;\ng();', 'return a\n  ? b\n  : c;'],
  ['no semicolons', 'f()\nlet y = x.add(1) //!\ny = y.mul(2)', 'let y = x.add(1)'],
  [
    'a statement in a callback',
    'const y = tf.tidy(() => {\n  const z = x.add(1); //!\n  return z;\n});',
    'const z = x.add(1);',
  ],
  [
    'what follows a callback',
    'f();\nconst y = tf.tidy(() => {\n  return x;\n}).add(1); //!\ng();',
    'const y = tf.tidy(() => {\n  return x;\n}).add(1);',
  ],
  [
    'a call with a callback',
    'f();\nconst y = tf.tidy(() => { //!\n  return x;\n}).add(1);\ng();',
    'const y = tf.tidy(() => {\n  return x;\n}).add(1);',
  ],
  ['a condition', 'f();\nif (a(x)) { //!\n  g();\n}', 'if (a(x)) {'],
  ['an other condition', 'if (a) {\n  g();\n} else if (b(x)) { //!\n  h();\n}', '} else if (b(x)) {'],
  [
    'an object',
    'f();\nreturn { //!\n  a: x.add(1),\n  b() {\n    return 1;\n  },\n};\ng();',
    'return {\n  a: x.add(1),\n  b() {\n    return 1;\n  },\n};',
  ],
  ['a case', 'switch (a) {\n  case 0: {\n    f(); //!\n    g();\n  }\n}', 'f();'],
  ['the first of a case', 'switch (a) {\n  case 0:\n    f(); //!\n    g();\n}', 'f();'],
  ['a default', 'switch (a) {\n  default:\n    return [f()]; //!\n}', 'return [f()];'],
  ['a string with brackets', 'f("(", \'[\', "\\"(", x); //!\ng();', 'f("(", \'[\', "\\"(", x);'],
  ['a comment with brackets', 'f(/* ( */ x); // { //!\ng();', 'f(/* ( */ x); // {'],
  ['a regular expression', 'f(/[(/]\\/\\(/.test(x) / 2); //!\ng(1 / 2);', 'f(/[(/]\\/\\(/.test(x) / 2);'],
  [
    'a template',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    'f();\nconst y = a(`( ${b({ c: `{${d}` })}\n  ) (`, x); //!\ng();',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    'const y = a(`( ${b({ c: `{${d}` })}\n  ) (`, x);',
  ],
  ['brackets that never close', 'f();\ng((x); //!\nh();', 'g((x);'],
  [`a long statement`, `f(\n${'  x,\n'.repeat(30)}  y, //!\n);`, 'y,'],
])('[G3] finds the whole of %s', (_, code, statement) => {
  expect(statementAt(code)).toBe(statement);
});

it('[G3] says where a statement begins, and knows its lines', () => {
  const statements = new Statements('f();\nconst y = x\n  .add(1);');
  expect(statements.at(3)).toEqual({ line: 2, text: 'const y = x\n  .add(1);' });
  expect(statements.at(4)).toBeNull();
  expect(new Statements('f(\r\n  x,\r\n);\r\n').at(2)?.text).toBe('f(\n  x,\n);');
  expect(new Statements(`f(${'x'.repeat(5000)});`).at(1)).toBeNull();
});

it.each([
  ['class A extends B<C> {\n  forward(x: T): T {\n    if (x) {\n      f(); //!\n    }\n  }\n}', 'A.forward'],
  ['class A {\n  private async *go<T>(\n    x: T,\n  ): P {\n    f(); //!\n  }\n}', 'A.go'],
  ['class A {\n  b() {\n    return each((x) => {\n      f(x); //!\n    });\n  }\n}', 'A.b'],
  ['export function attend(x) {\n  return f(x); //!\n}', 'attend'],
  ['export const attend = (x: T): T => {\n  return f(x); //!\n};', 'attend'],
  ['class A {\n  b() {\n    const c = () => {\n      f(); //!\n    };\n  }\n}', 'c'],
  ["describe('a', () => {\n  f(); //!\n});", null],
  ['f(); //!', null],
])('[G3] finds the function around a line: %#', (code, name) => {
  const line = code.split('\n').findIndex((text) => text.includes('//!')) + 1;
  expect(new Statements(code).functionAt(line)).toBe(name);
});

/** First and last line (from 1) of the simple statements around the calls of a file, by line, as the compiler parses it. */
function statementsByCompiler(file: ts.SourceFile): Map<number, [first: number, last: number]> {
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;
  const found = new Map<number, [number, number]>();
  const visit = (node: ts.Node, around: ts.Node | null): void => {
    const isSimple =
      ts.isVariableStatement(node) ||
      ts.isExpressionStatement(node) ||
      ts.isReturnStatement(node) ||
      ts.isThrowStatement(node) ||
      ts.isPropertyDeclaration(node);
    const owner = isSimple ? node : ts.isStatement(node) || ts.isClassElement(node) ? null : around;
    if (ts.isCallExpression(node) && owner !== null) {
      // The position that stack traces have: the name that is called.
      const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
      const line = lineOf(called.getStart());
      if (!found.has(line)) found.set(line, [lineOf(owner.getStart()), lineOf(owner.getEnd())]);
    }
    node.forEachChild((child) => visit(child, owner));
  };
  visit(file, null);
  return found;
}

const FILES = readdirSync('packages', { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !/node_modules|dist|\.d\.ts/.test(name),
);

it('[G3] finds the same statements as the compiler in the files of this repository', () => {
  let count = 0;
  for (const name of FILES) {
    const text = readFileSync(join('packages', name), 'utf8');
    const statements = new Statements(text);
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
    for (const [line, [first, last]] of statementsByCompiler(file)) {
      if (last - first >= 20) continue;
      const found = statements.at(line);
      count += 1;
      expect([found?.line, found?.text.split('\n').length], `${name}:${line}`).toEqual([
        first,
        last - first + 1,
      ]);
    }
  }
  expect(count).toBeGreaterThan(1000);
});
