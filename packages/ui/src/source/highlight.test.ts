import { expect, it } from 'vitest';
import { highlightLines } from './highlight.js';

it('keeps the text and its lines', () => {
  const text = "/** a\n * b */\nconst x = 'y' + 1; // z\n\nreturn `\nx`;";
  const lines = highlightLines(text);
  expect(lines.map((pieces) => pieces.map((piece) => piece.text).join('')).join('\n')).toBe(text);
});

it('tells comments, strings, numbers and keywords', () => {
  expect(highlightLines("const a = 'const'; // 1")[0]).toEqual([
    { ink: 'keyword', text: 'const' },
    { ink: 'plain', text: ' a = ' },
    { ink: 'string', text: "'const'" },
    { ink: 'plain', text: '; ' },
    { ink: 'comment', text: '// 1' },
  ]);
  expect(highlightLines('x1 + 2')[0]).toEqual([
    { ink: 'plain', text: 'x1 + ' },
    { ink: 'number', text: '2' },
  ]);
});
