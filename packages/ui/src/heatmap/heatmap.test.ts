import type { InputInfo } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { axisNamer, axisTexts, describeAxes, describePlace, firstAxes, isSquarePlane } from './axes.js';
import { moveCell, sliceOfPart } from './cell-slice.js';
import { colourOf, isMasked } from './colours.js';
import { pixelsOf } from './draw.js';
import { cellAt, layoutHeatmap } from './layout.js';
import { mostShown, windowOf } from './plane.js';
import { belongTo, indexAt, stripAxis } from './strip.js';

const texts = axisNamer({
  input: { kind: 'text', contextLength: 9, vocabularySize: 9, mask: null },
  layout: 'channels-first',
});
const image: InputInfo = { kind: 'image', width: 8, height: 8, channels: 1 };
const lastChannels = axisNamer({ input: image, layout: 'channels-last' });
const firstChannels = axisNamer({ input: image, layout: 'channels-first' });

const tokens = [
  { id: 1, text: 'When' },
  { id: 2, text: ' Mary' },
];

it.each([
  ['h_2.attn.pattern', [1, 4, 7, 7], ['batch', 'head', 'query', 'key']],
  ['h_2.attn.scores', [1, 4, 7, 7], ['batch', 'head', 'query', 'key']],
  ['h_2.attn.q', [1, 4, 7, 32], ['batch', 'head', 'position', 'dimension']],
  ['h_2.output', [1, 7, 128], ['batch', 'position', 'feature']],
  ['output|logits', [1, 7, 1520], ['batch', 'position', 'token id']],
  ['lm_head.weight', [1520, 128], ['axis 0', 'axis 1']],
  ['scale', [], []],
])('names the axes of %s in a language model', (path, shape, names) => {
  expect(texts(path, shape)).toEqual(names);
});

it.each([
  ['relu1.output', [1, 8, 8, 4], ['batch', 'height', 'width', 'channel']],
  ['conv1.kernel', [3, 3, 1, 4], ['height', 'width', 'input', 'output']],
  ['dense1.kernel', [192, 24], ['input', 'output']],
  ['relu3.output', [1, 24], ['batch', 'feature']],
  ['output', [1, 10], ['batch', 'class']],
  ['conv1.bias', [4], ['axis 0']],
])('names the axes of %s in a model of images', (path, shape, names) => {
  expect(lastChannels(path, shape)).toEqual(names);
});

it.each([
  ['embeddings.projection.weight', [32, 3, 4, 4], ['output', 'input', 'height', 'width']],
  ['pixelValues', [1, 3, 8, 8], ['batch', 'channel', 'height', 'width']],
  ['layer_0.output', [1, 5, 32], ['batch', 'position', 'feature']],
  ['layer_0.attention.pattern', [1, 4, 5, 5], ['batch', 'head', 'query', 'key']],
  ['output|logits', [1, 3], ['batch', 'class']],
])('names the axes of %s in a model that follows PyTorch', (path, shape, names) => {
  expect(firstChannels(path, shape)).toEqual(names);
});

it('shows images as they lie, and others by their last two axes', () => {
  expect(firstAxes(['batch', 'height', 'width', 'channel'])).toEqual([1, 2]);
  expect(firstAxes(['batch', 'position', 'feature'])).toBeNull();
  expect(isSquarePlane('height', 'width')).toBe(true);
  expect(isSquarePlane('width', 'channel')).toBe(false);
});

it('writes tokens along axes that run over the prompt', () => {
  expect(axisTexts('query', 2, tokens)).toEqual(['When', 'Mary']);
  expect(axisTexts('head', 2, tokens)).toEqual(['0', '1']);
  expect(axisTexts('query', 3, tokens)).toEqual(['0', '1', '2']);
  expect(describePlace('key', 2, 1, tokens)).toBe('key 1 “Mary”');
  expect(describePlace('head', 4, 1, tokens)).toBe('head 1');
  expect(describeAxes(['batch', 'head', 'query', 'key'], [1, 4, 7, 7])).toBe(
    'batch 1 · head 4 · query 7 · key 7',
  );
});

const head = {
  shape: [1, 4, 7, 7],
  axes: [2, 3] as [number, number],
  index: [0, 1, 0, 0],
};

it.each([
  ['cell', ':, 1, 5, 3'],
  ['row', ':, 1, 5'],
  ['column', ':, 1, :, 3'],
  ['plane', ':, 1'],
] as const)('writes the slice of a %s', (part, slice) => {
  expect(sliceOfPart(head, part, { row: 5, column: 3 })).toBe(slice);
});

it('writes slices of tensors without a row axis', () => {
  const vector = { shape: [8], axes: [-1, 0] as [number, number], index: [0] };
  expect(sliceOfPart(vector, 'cell', { row: 0, column: 6 })).toBe('6');
  expect(sliceOfPart(vector, 'plane', { row: 0, column: 6 })).toBe('');
});

it('moves the cell with the arrow keys and stops at the edges', () => {
  expect(moveCell({ row: 0, column: 0 }, 'ArrowRight', 2, 2)).toEqual({ row: 0, column: 1 });
  expect(moveCell({ row: 1, column: 1 }, 'ArrowDown', 2, 2)).toEqual({ row: 1, column: 1 });
  expect(moveCell({ row: 0, column: 0 }, 'x', 2, 2)).toBeNull();
});

it('colours around 0 symmetrically, and clamps', () => {
  const colour = colourOf({ kind: 'diverging', limit: 2 }, 'light');
  const [red, , blue] = colour(-2);
  expect(blue).toBeGreaterThan(red);
  expect(colour(-9)).toEqual(colour(-2));
  expect(colour(0)).toEqual(colourOf({ kind: 'diverging', limit: 0 }, 'light')(0));
  expect(isMasked(-3.4e38)).toBe(true);
  expect(colour(-3.4e38)).toEqual(colour(Number.NaN));
  expect(colour(-3.4e38)).not.toEqual(colour(-2));
});

it('makes one opaque pixel of each value', () => {
  expect([...pixelsOf([1, 2], (value) => [value, 0, 9])]).toEqual([1, 0, 9, 255, 2, 0, 9, 255]);
});

it('finds under the middle of every cell that cell', () => {
  const layout = layoutHeatmap({
    rows: 3,
    columns: 5,
    availableWidth: 400,
    availableHeight: 200,
    rowTexts: ['a', 'b', 'c'],
    columnTexts: ['0', '1', '2', '3', '4'],
    isSquare: false,
  });
  for (let row = 0; row < 3; row += 1) {
    for (let column = 0; column < 5; column += 1) {
      const x = layout.left + (column + 0.5) * layout.cellWidth;
      const y = layout.top + (row + 0.5) * layout.cellHeight;
      expect(cellAt(layout, x, y)).toEqual({ row, column });
    }
  }
  expect(cellAt(layout, 1, 1)).toBeNull();
  expect(layout.width).toBeLessThanOrEqual(400);
});

it('shows a window of a plane that is too large', () => {
  const columns = mostShown + 10;
  const statistics = { minimum: 0, maximum: 0, mean: 0, standardDeviation: 0, scale: 0, excluded: 0 };
  const plane = windowOf(
    {
      path: 'w',
      side: 'clean',
      shape: [2, columns],
      dtype: 'float32',
      axes: [0, 1],
      index: [],
      rows: 2,
      columns,
      values: Float32Array.from({ length: 2 * columns }, (_, i) => i),
      statistics,
    },
    0,
    mostShown,
  );
  expect(plane.columns).toBe(10);
  expect(plane.values[0]).toBe(mostShown);
  expect(plane.values[10]).toBe(columns + mostShown);
});

it('shows pictures of heads and channels where they are not an axis shown', () => {
  const statistics = { minimum: 0, maximum: 0, mean: 0, standardDeviation: 0, scale: 0, excluded: 0 };
  const plane = {
    ...head,
    path: 'attn.pattern',
    side: 'clean' as const,
    dtype: 'float32',
    rows: 7,
    columns: 7,
    values: new Float32Array(49),
    statistics,
  };
  const names = ['batch', 'head', 'query', 'key'];
  expect(stripAxis(plane, names)).toBe(1);
  expect(stripAxis(plane, ['batch', 'channel', 'height', 'width'])).toBe(1);
  expect(stripAxis({ ...plane, axes: [1, 3] }, names)).toBeNull();
  expect(stripAxis(plane, ['axis 0', 'axis 1', 'axis 2', 'axis 3'])).toBeNull();
  const heads = [0, 1, 2, 3].map((at) => ({ ...plane, index: indexAt(plane, 1, at) }));
  expect(belongTo(heads, plane, 1)).toBe(true);
  expect(belongTo(heads, { ...plane, side: 'delta' }, 1)).toBe(false);
  expect(belongTo([], plane, 1)).toBe(false);
});
