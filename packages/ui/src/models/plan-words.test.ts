import type { ModelPlan, WeightPlan } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import {
  adviceFor,
  describeDevice,
  describeDownload,
  describeStorage,
  noteFor,
  weightsThatFit,
} from './plan-words.js';

const size = (bytes: number | null, here = 0) => ({ download: { bytes, here } });

it.each([
  [size(353e6), '353 MB'],
  [size(353e6, 120e6), '233 MB of 353 MB; the rest is here.'],
  [size(353e6, 353e6), 'Nothing; all 353 MB are here.'],
  [size(null), 'The server does not say how much.'],
])('of %j there is to download: %s', (plan, words) => {
  expect(describeDownload(plan)).toBe(words);
});

it.each([
  [size(353e6), 2e9, 'The browser has 2.0 GB left for downloads of this page.'],
  [size(null), 2e9, 'The browser has 2.0 GB left for downloads of this page.'],
  [size(353e6), 50e6, expect.stringMatching(/50 MB left .* will not be kept whole/)],
  [size(353e6, 320e6), 50e6, expect.stringMatching(/50 MB left for downloads of this page\.$/)],
  [size(353e6, 353e6), 0, null],
  [size(353e6), null, null],
])('%j with %s bytes of storage left', (plan, storageLeft, words) => {
  expect(describeStorage({ ...plan, storageLeft })).toEqual(words);
});

it.each([
  [
    {
      backend: 'wasm',
      free: { bytes: 4e9, of: 'the 4 GiB that WebAssembly can address' },
      largestTensor: 2e9,
    },
    '3.7 GiB are free of the 4 GiB that WebAssembly can address.',
  ],
  [
    { backend: 'webgpu', free: null, largestTensor: 1e9 },
    'A GPU does not tell how much there is; one tensor may have 1.0 GB.',
  ],
  [{ backend: 'cpu', free: null, largestTensor: null }, 'The browser does not tell how much there is.'],
] as const)('of %j it says %s', (device, words) => {
  expect(describeDevice({ device })).toBe(words);
});

it('says what each kind of weights means here', () => {
  const plan: WeightPlan = { kind: 'int8', bytes: 1, problem: null, remark: null };
  expect(noteFor(plan)).toBe('a quarter of the memory, less exact');
  expect(noteFor({ ...plan, remark: 'It is float32 here.' })).toBe('kept as float32 here');
  expect(noteFor({ ...plan, problem: 'It is too large.' })).toBe('does not fit');
});

const kinds = (problems: Record<string, string | null>): Pick<ModelPlan, 'weights'> => ({
  weights: Object.entries(problems).map(
    ([kind, problem]) => ({ kind, bytes: 1, problem, remark: null }) as WeightPlan,
  ),
});

it('takes the most exact weights that fit, and advises them', () => {
  expect(weightsThatFit(kinds({ int8: null, f16: null, f32: null }))).toBe('f32');
  const large = kinds({ f32: 'too large', f16: 'too large', int8: null });
  expect(weightsThatFit(large)).toBe('int8');
  expect(adviceFor(large)).toBe('Choose int8 weights, which fit.');
  const tooLarge = kinds({ f32: 'no', f16: 'no', int8: 'no' });
  expect(weightsThatFit(tooLarge)).toBeNull();
  expect(adviceFor(tooLarge)).toMatch(/smaller model/);
});
