import { expect, it } from 'vitest';
import { float32Text, identifiersFor, literalText, objectText, propertyText } from './code-text.js';

it('[G3] names that are no identifiers become some, all different', () => {
  const names = ['a-b', 'class', '2', 'a_b', 'a+b', 'a b', 'tf', '', 'größe', '$x', 'class_', 'then'];
  expect(identifiersFor(names).join(' ')).toBe('a_b_1 class_1 _2 a_b a_b_2 a_b_3 tf_ _ größe $x class_ then');
});

it('[G3] many names that only differ in special characters take no time', () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `a${String.fromCharCode(0x2500 + (i % 100))}${'-'}`);
  expect(new Set(identifiersFor(names)).size).toBe(names.length);
});

it('[G3] properties are read with dots, indices and quotes', () => {
  expect(propertyText('this', ['h', '0', '01', 'a-b', "it's", 'class'])).toBe(
    "this.h[0]['01']['a-b']['it\\'s'].class",
  );
});

it('[G3] values are written as literals that have the same value', () => {
  const value = {
    text: 'a\\"\'\n\u2028',
    list: [1, -0, 1e21, Number.NaN, Number.NEGATIVE_INFINITY, true, null, undefined],
    typed: new Float32Array([0.5, 2]),
    'a-b': { class: 1, 2: 3, null: {} },
  };
  const read: unknown = new Function(`return ${literalText(value)}`)();
  expect(read).toEqual({ ...value, typed: [0.5, 2] });
  expect(
    objectText([
      ['a', 'a'],
      ['null', 'null'],
      ['b', 'c'],
      ['__proto__', 'd'],
    ]),
  ).toBe("{ a, null: null, b: c, ['__proto__']: d }");
});

it.each([
  [1e-5, '0.00001'],
  [1 / 3, '0.33333334'],
  [16777217, '16777216'],
  [-3.4028234663852886e38, '-3.4028235e+38'],
  [2, '2'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('[G3] the float32 nearest to %d is written as %s', (value, text) => {
  expect(float32Text(Math.fround(value))).toBe(text);
  expect(Math.fround(Number(text))).toBe(Math.fround(value));
});
