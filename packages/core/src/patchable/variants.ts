import * as tf from '@tensorflow/tfjs';
import { build, valuesOf } from '../graph/structure.js';
import type { TensorInfo, ValueId } from '../graph/types.js';
import { settling } from '../memory/gpu-errors.js';
import { maxTensorBytes } from '../memory/limits.js';
import type { BatchPlan } from '../run/batch.js';
import { recomputed } from '../run/compile.js';
import type { Control } from '../run/drive.js';
import { nextTask } from '../run/next-task.js';
import { type BatchSource, batchPlan, keepsApart } from './batching.js';
import { slice } from './blocks.js';
import { listPatches, type Patches, type PatchMap, resolvePatches, touchScalars } from './patch-map.js';

/** How to run variants. Progress counts variants. */
export interface VariantOptions<R> extends Control {
  /**
   * What to keep of each variant's output, by default all of it. Runs inside `tf.tidy`; the tensors that it returns
   * are the caller's.
   */
  readonly pick?: ((output: unknown, index: number) => R) | undefined;
  /** How many bytes of activations one batch may make, by default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/** A run from which variants start. */
export interface VariantSource extends BatchSource {
  patch(map: PatchMap): { readonly output: unknown; dispose(): void };
}

interface Variant {
  readonly position: number;
  readonly map: PatchMap;
  readonly patches: Patches;
  readonly hasScalars: boolean;
  /** Number of the first step that its patches reach. */
  readonly start: number;
}

const MAX_BYTES = 2 ** 26;
const MAX_COUNT = 64;

/** See `RecordedRun.runVariants`. */
export async function runVariants<R extends tf.TensorContainer>(
  source: VariantSource,
  maps: readonly PatchMap[],
  { signal, onProgress, pick = (output) => output as R, maxBytes = MAX_BYTES }: VariantOptions<R>,
): Promise<R[]> {
  const variants = maps.map((map, position) => describe(source, map, position));
  signal?.throwIfAborted();
  const settled = settling();
  const results = new Array<R>(maps.length);
  const keep: Keep = (output, { position }) => {
    results[position] = tf.tidy(() => own(pick(output(), position)));
  };
  try {
    const { plan, groups } = await grouped(source, variants, maxBytes);
    let done = 0;
    for (const group of groups) {
      signal?.throwIfAborted();
      const isDone = plan !== null && group.length > 1 && runTogether(source, plan, group, keep);
      if (!isDone) for (const variant of group) runAlone(source, variant, keep);
      done += group.length;
      onProgress?.({ done, total: maps.length });
      await nextTask();
    }
    await settled();
    return results;
  } catch (error) {
    tf.dispose(results);
    throw error;
  }
}

function describe({ runner }: VariantSource, map: PatchMap, position: number): Variant {
  const placed = listPatches(map);
  const patches = resolvePatches(runner.index, placed);
  const reached = recomputed(runner.trace.graph, new Set(patches.keys()));
  const start = Math.min(...reached, ...patches.keys());
  return { position, map, patches, hasScalars: touchScalars(runner.index, placed), start };
}

/** Variants that run together, those that begin late apart from those that begin early: they share what lies before. */
async function grouped(
  source: VariantSource,
  variants: readonly Variant[],
  maxBytes: number,
): Promise<{ plan: BatchPlan | null; groups: Variant[][] }> {
  const alone = { plan: null, groups: variants.map((variant) => [variant]) };
  if (variants.length < 2 || source.runner.isAsync) return alone;
  const plan = await batchPlan(source);
  if (plan === null) return alone;
  const fits = ({ patches, hasScalars }: Variant) =>
    !hasScalars && [...patches.keys()].every((value) => plan.axes[value] !== null);
  const together = variants.filter(fits).sort((a, b) => a.start - b.start);
  const values = new Set(together.flatMap(({ patches }) => [...patches.keys()]));
  const sample = new Map(together.flatMap(({ patches }) => [...patches]));
  if (!(await keepsApart(source, plan, values, sample))) return alone;
  const groups: Variant[][] = variants.filter((variant) => !fits(variant)).map((variant) => [variant]);
  const budget = Math.min(maxBytes, maxTensorBytes());
  for (let first = 0; first < together.length; ) {
    const bytes = bytesFrom(source, (together[first] as Variant).patches);
    const count = Math.max(1, Math.min(MAX_COUNT, Math.floor(budget / bytes)));
    groups.push(together.slice(first, first + count));
    first += count;
  }
  return { plan, groups };
}

/** Bytes of all that a variant computes anew. */
function bytesFrom({ runner }: VariantSource, patches: Patches): number {
  const { graph } = runner.trace;
  let bytes = 1;
  for (const value of recomputed(graph, new Set(patches.keys()))) {
    bytes += tf.util.sizeFromShape([...(graph.values[value] as TensorInfo).shape]) * 4;
  }
  return bytes;
}

type Keep = (output: () => unknown, variant: Variant) => void;

function runAlone(source: VariantSource, variant: Variant, keep: Keep): void {
  const run = source.patch(variant.map);
  try {
    keep(() => run.output, variant);
  } finally {
    run.dispose();
  }
}

/** @returns false, with nothing done, where a module that runs by itself would have to take part */
function runTogether(source: VariantSource, plan: BatchPlan, group: readonly Variant[], keep: Keep): boolean {
  const { runner, at, unkept } = source;
  const { output } = runner.trace.graph;
  const patches = group.map((variant) => variant.patches);
  const due = source.ownDue(new Set(patches.flatMap((each) => [...each.keys()])));
  const stacked = runner.runBatch(plan, patches, due, at, unkept);
  if (stacked === null) return false;
  const values = valuesOf(output);
  try {
    group.forEach((variant, index) => {
      const block = (value: ValueId) => {
        const tensor = stacked[values.indexOf(value)] as tf.Tensor;
        const axis = plan.axes[value] ?? null;
        return axis === null ? tensor : slice(tensor, { axis, count: group.length }, index);
      };
      keep(() => build(output, block), variant);
    });
    return true;
  } finally {
    tf.dispose(stacked);
  }
}

/** The same with tensors of the caller's: the run's own are freed. */
function own<R extends tf.TensorContainer>(value: R): R {
  if (value instanceof tf.Tensor) return value.clone() as unknown as R;
  if (Array.isArray(value)) return value.map(own) as R;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, own(item as tf.TensorContainer)]),
  ) as unknown as R;
}
