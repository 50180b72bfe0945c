import { beforeAll, expect, it } from 'vitest';
import { useBackend } from './support/backend.js';
import {
  attempt,
  documentOf,
  expectRefused,
  type Row,
  smallFile,
  withText,
} from './support/hostile-files.js';

let bytes: Uint8Array;

beforeAll(async () => {
  await useBackend();
  bytes = await smallFile();
});

type Shape = readonly number[];
type Shapes = Readonly<Record<string, Shape>>;

const FLOAT = 'float32';
const HUGE = 2 ** 30;
const SIDE = 2 ** 15;
const INTEGERS = /indices|segmentIds|weights|boxInd/i;

/** The file with a kernel more, whose outputs nothing reads. Its inputs are made of zeros, in shapes by name. */
async function withKernel(
  kernel: string,
  attrs: Row,
  outputs: readonly Shape[],
  inputs: Shapes = {},
): Promise<Uint8Array> {
  const changed = documentOf(bytes);
  const [graph] = changed.graphs;
  const add = (shape: Shape, dtype: string): number => {
    changed.infos.push({ dtype, shape });
    return graph.values.push(changed.infos.length - 1) - 1;
  };
  const zeros = (shape: Shape, dtype: string): number => {
    const value = add(shape, dtype);
    changed.settings.push({ shape, value: 0, dtype });
    graph.steps.push({ kernel: 'Fill', inputs: {}, attrs: changed.settings.length - 1, outputs: [value] });
    return value;
  };
  const given = Object.entries(inputs).map(([name, shape]) => [
    name,
    zeros(shape, INTEGERS.test(name) ? 'int32' : FLOAT),
  ]);
  changed.settings.push(attrs);
  const attrsId = changed.settings.length - 1;
  const made = outputs.map((shape) => add(shape, /Bincount|Multinomial/.test(kernel) ? 'int32' : FLOAT));
  graph.steps.push({ kernel, inputs: Object.fromEntries(given), attrs: attrsId, outputs: made });
  return withText(JSON.stringify(changed), bytes);
}

const ONE = [1, 1, 1, 1];
const IMAGE = [1, 4, 4, 1];

it.each<[kernel: string, attrs: Row, output: Shape, inputs: Shapes]>([
  ['Fill', { shape: [HUGE], value: 0, dtype: FLOAT }, [1], {}],
  ['Range', { start: 0, stop: HUGE, step: 1, dtype: FLOAT }, [1], {}],
  ['Range', { start: 0, stop: 1, step: 0, dtype: FLOAT }, [1], {}],
  ['Range', { start: 0, stop: 1, step: { number: 'NaN' }, dtype: FLOAT }, [1], {}],
  ['LinSpace', { start: 0, stop: 1, num: HUGE }, [1], {}],
  ['Tile', { reps: [HUGE] }, [2], { x: [2] }],
  ['PadV2', { paddings: [[0, HUGE]], constantValue: 0 }, [2], { x: [2] }],
  ['MirrorPad', { paddings: [[0, HUGE]], mode: 'symmetric' }, [HUGE + 2], { x: [2] }],
  ['BroadcastTo', { shape: [HUGE], inputShape: [1] }, [1], { x: [1] }],
  ['OneHot', { depth: HUGE, onValue: 1, offValue: 0, dtype: FLOAT }, [1, 1], { indices: [1] }],
  ['ResizeBilinear', { size: [SIDE, SIDE] }, ONE, { images: ONE }],
  ['ResizeNearestNeighbor', { size: [SIDE, SIDE] }, ONE, { images: ONE }],
  ['ScatterNd', { shape: [HUGE] }, [1], { indices: [1, 1], updates: [1] }],
  [
    'SparseToDense',
    { outputShape: [HUGE] },
    [1],
    { sparseIndices: [1], sparseValues: [1], defaultValue: [] },
  ],
  ['BatchToSpaceND', { blockShape: [SIDE], crops: [[0, 0]] }, [1, 1], { x: [SIDE, 1] }],
  ['SpaceToBatchND', { blockShape: [1], paddings: [[0, HUGE]] }, [1, 1], { x: [1, 1] }],
  ['DenseBincount', { size: HUGE }, [1], { x: [1], weights: [1] }],
  ['UnsortedSegmentSum', { numSegments: HUGE }, [1], { x: [1], segmentIds: [1] }],
  ['Multinomial', { numSamples: HUGE, seed: 1, normalized: false }, [1, 1], { logits: [1, 2] }],
  [
    'CropAndResize',
    { cropSize: [SIDE, SIDE], method: 'nearest', extrapolationValue: 0 },
    ONE,
    { image: ONE, boxes: [1, 4], boxInd: [1] },
  ],
  [
    'Transform',
    { interpolation: 'nearest', fillMode: 'constant', fillValue: 0, outputShape: [SIDE, SIDE] },
    ONE,
    { image: ONE, transforms: [1, 8] },
  ],
  ['Diag', {}, [4], { x: [4] }],
  ['Add', {}, [100], { a: [100, 1], b: [1, 100] }],
  ['Unpack', { axis: 0 }, [1], { value: [HUGE] }],
  ['SplitV', { numOrSizeSplits: HUGE, axis: 0 }, [1], { x: [HUGE] }],
  [
    'Conv2D',
    { strides: 0, pad: 'valid', dataFormat: 'NHWC', dilations: 1 },
    ONE,
    { x: IMAGE, filter: [2, 2, 1, 1] },
  ],
  ['MaxPool', { filterSize: 0, strides: 1, pad: 'valid' }, IMAGE, { x: IMAGE }],
  [
    'Conv2DBackpropFilter',
    { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [SIDE, SIDE, 1, 1] },
    ONE,
    { x: IMAGE, dy: IMAGE },
  ],
  // With such settings the cpu backend loops without end.
  ['ResizeNearestNeighborGrad', { alignCorners: true }, ONE, { images: ONE, dy: IMAGE }],
  [
    '_FusedMatMul',
    { transposeA: false, transposeB: false, activation: 'linear' },
    [1, 1],
    { a: [1, 1], b: [1, 1], bias: [9, 9] },
  ],
  ['Unique', { axis: 0 }, [2], { x: [2] }],
  ['NoSuchKernel', {}, [2], { x: [2] }],
  ['toString', {}, [2], { x: [2] }],
  ['Square', {}, [2], {}],
])('[S3] %s with %j does not make just %j', async (kernel, attrs, output, inputs) => {
  await expectRefused(withKernel(kernel, attrs, [output], inputs), new RegExp(kernel));
});

const MATRICES = { transposeA: false, transposeB: false };
it.each<[what: RegExp, kernel: string, attrs: Row, output: Shape, inputs: Shapes]>([
  [/would hold \d+ bytes/, 'Fill', { shape: [2 ** 31 - 1], value: 0, dtype: FLOAT }, [2 ** 31 - 1], {}],
  [/would hold \d+ bytes/, 'BatchMatMul', MATRICES, [46340, 46340], { a: [46340, 1], b: [1, 46340] }],
  [
    /would take \d+ operations/,
    'BatchMatMul',
    MATRICES,
    [16000, 16000],
    { a: [16000, 16000], b: [16000, 16000] },
  ],
  [
    /would hold \d+ bytes/,
    'UnsortedSegmentSum',
    { numSegments: 1e6 },
    [1e6],
    { x: [20000], segmentIds: [20000] },
  ],
])('[S3] what is consistent but %s is refused, %#', async (what, kernel, attrs, output, inputs) => {
  await expectRefused(withKernel(kernel, attrs, [output], inputs), what);
});

it('what is consistent and small runs', async () => {
  const fine = [
    withKernel('Tile', { reps: [3] }, [[6]], { x: [2] }),
    withKernel('SplitV', { numOrSizeSplits: 2, axis: 0 }, [[1], [1]], { x: [2] }),
    withKernel('OneHot', { depth: 3, onValue: 1, offValue: 0, dtype: FLOAT }, [[2, 3]], { indices: [2] }),
    withKernel('DenseBincount', { size: 3 }, [[3]], { x: [1], weights: [1] }),
  ];
  for (const file of fine) expect(await attempt(await file, true)).toBe('ran');
});
