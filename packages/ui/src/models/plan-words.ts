import type { ModelPlan, WeightKind, WeightPlan } from '@patchbay/core/client';
import { formatBytes } from '../base/format.js';

/** Kinds of weights, the most exact first. */
const weightKinds: readonly WeightKind[] = ['f32', 'f16', 'int8'];

export const weightTitles: Record<WeightKind, string> = { f32: 'float32', f16: 'float16', int8: 'int8' };

/** The most exact kind of weights that the device can hold, or null. */
export function weightsThatFit({ weights }: Pick<ModelPlan, 'weights'>): WeightKind | null {
  const fitting = weights.filter(({ problem }) => problem === null).map(({ kind }) => kind);
  return weightKinds.find((kind) => fitting.includes(kind)) ?? null;
}

/** Bytes yet to come, or null where nobody knows. */
export function bytesToCome({ download: { bytes, here } }: Pick<ModelPlan, 'download'>): number | null {
  return bytes === null ? null : Math.max(0, bytes - here);
}

/** What there is to download: `353 MB`, `233 MB of 353 MB; the rest is here`. */
export function describeDownload(plan: Pick<ModelPlan, 'download'>): string {
  const { bytes, here } = plan.download;
  const left = bytesToCome(plan);
  if (bytes === null || left === null) return 'The server does not say how much.';
  if (left === 0) return `Nothing; all ${formatBytes(bytes)} are here.`;
  if (here === 0) return formatBytes(bytes);
  return `${formatBytes(left)} of ${formatBytes(bytes)}; the rest is here.`;
}

/** What the browser's storage means for the next time, or null where there is nothing to keep. */
export function describeStorage(plan: Pick<ModelPlan, 'download' | 'storageLeft'>): string | null {
  const { storageLeft } = plan;
  const left = bytesToCome(plan);
  if (left === 0 || storageLeft === null) return null;
  const room = `The browser has ${formatBytes(storageLeft)} left for downloads of this page`;
  if (left === null || left <= storageLeft) return `${room}.`;
  return `${room}: this one will not be kept whole, and has to be downloaded again the next time.`;
}

/** Memory comes in powers of two. */
function formatGibibytes(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  return gibibytes < 0.1 ? `${Math.round(gibibytes * 1024)} MiB` : `${gibibytes.toFixed(1)} GiB`;
}

/** What the device may hold, as far as it tells. */
export function describeDevice({ device }: Pick<ModelPlan, 'device'>): string {
  const { backend, free, largestTensor } = device;
  if (free !== null) return `${formatGibibytes(free.bytes)} are free of ${free.of}.`;
  if (largestTensor === null) return 'The browser does not tell how much there is.';
  const who = backend === 'webgpu' ? 'A GPU' : 'The browser';
  return `${who} does not tell how much there is; one tensor may have ${formatBytes(largestTensor)}.`;
}

/** What is to be known of one kind of weights, in a few words. */
export function noteFor({ kind, problem, remark }: WeightPlan): string {
  if (problem !== null) return 'does not fit';
  return remark === null ? weightNotes[kind] : 'kept as float32 here';
}

/** What to do where the chosen weights do not fit: other ones that do, if any. */
export function adviceFor(plan: Pick<ModelPlan, 'weights'>): string {
  const fitting = weightsThatFit(plan);
  if (fitting === null) return 'Choose a smaller model.';
  return `Choose ${weightTitles[fitting]} weights, which fit.`;
}

export const taskTitles: Record<ModelPlan['task'], string> = {
  'text-generation': 'Language model',
  'fill-mask': 'Guesses masked words',
  'feature-extraction': 'Text encoder',
  'image-classification': 'Image classifier',
  tensors: 'Model of tensors',
};

const weightNotes: Record<WeightKind, string> = {
  f32: 'exact',
  f16: 'half of the memory, hardly less exact',
  int8: 'a quarter of the memory, less exact',
};
