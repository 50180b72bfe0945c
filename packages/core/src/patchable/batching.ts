import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '../graph/structure.js';
import type { TensorInfo, ValueId } from '../graph/types.js';
import { NoisePatch } from '../patch/statistical-patches.js';
import { type BatchPlan, planBatch } from '../run/batch.js';
import { slice } from './blocks.js';
import { joinPatches, type Patches } from './patch-map.js';
import type { Given, Runner } from './runner.js';

/** A kept run whose variants are to be run, as batching needs it. */
export interface BatchSource {
  readonly runner: Runner;
  readonly inputs: readonly unknown[];
  readonly at: Given;
  /** Values that follow from the weights alone and that it does not hold. */
  readonly unkept: ReadonlySet<ValueId>;
  /** The runner for inputs, or null if they cannot be traced. */
  runnerFor(inputs: readonly unknown[]): Runner | null;
  /** Patches of the kept run that have to be applied again where others change these values. */
  ownDue(changed: ReadonlySet<ValueId>): Patches;
}

const plans = new WeakMap<Runner, Promise<BatchPlan | null>>();
const checked = new WeakMap<Runner, Map<ValueId, boolean>>();

/**
 * How the graph of a run looks with several copies of its inputs, or null if it cannot have them. Found once for each
 * graph, by tracing two copies.
 */
export function batchPlan(source: BatchSource): Promise<BatchPlan | null> {
  const { runner } = source;
  const known = plans.get(runner) ?? findPlan(source);
  plans.set(runner, known);
  return known;
}

async function findPlan({ runner, inputs, runnerFor }: BatchSource): Promise<BatchPlan | null> {
  const twice = doubled(inputs);
  if (twice === null) return null;
  try {
    const other = runnerFor(twice as unknown[]);
    if (other === null || !(await haveSameConstants(runner, other))) return null;
    return planBatch(runner.trace.graph, other.trace.graph);
  } catch {
    // Inputs without a batch axis may not even run twice as long.
    return null;
  } finally {
    tf.dispose(twice as tf.TensorContainer);
  }
}

/** Two copies of all tensors whose first axis is as long as the first one's; null where there is none. */
function doubled(inputs: readonly unknown[]): unknown[] | null {
  const first = firstTensor(inputs);
  if (first === undefined || first.rank === 0) return null;
  const copy = (value: unknown): unknown => {
    if (value instanceof tf.Tensor)
      return value.rank > 0 && value.shape[0] === first.shape[0] ? tf.concat([value, value]) : value.clone();
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
  };
  return inputs.map(copy);
}

function firstTensor(value: unknown): tf.Tensor | undefined {
  if (value instanceof tf.Tensor) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const item of Object.values(value)) {
    const found = firstTensor(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function haveSameConstants(one: Runner, two: Runner): Promise<boolean> {
  if (one.trace.constants.size !== two.trace.constants.size) return false;
  for (const [key, tensor] of one.trace.constants) {
    const other = two.trace.constants.get(key);
    if (other === undefined || !tf.util.arraysEqual(tensor.shape, other.shape)) return false;
    if (!(await areEqual(tensor, other, true))) return false;
  }
  return true;
}

/**
 * Whether variants that differ at these values can share a batch: whether copies really stay apart. It is tried out
 * with copies that are disturbed there in different ways: each must come out as when it runs by itself. Numbers are
 * disturbed by noise; `sample` says how else, where noise cannot be added.
 */
export async function keepsApart(
  source: BatchSource,
  plan: BatchPlan,
  values: ReadonlySet<ValueId>,
  sample: Patches,
): Promise<boolean> {
  const { runner } = source;
  const known = checked.get(runner) ?? new Map<ValueId, boolean>();
  checked.set(runner, known);
  const open = [...values].filter((value) => !known.has(value));
  if (open.length > 0) {
    const { graph } = runner.trace;
    const isFloat = (value: ValueId) => (graph.values[value] as TensorInfo).dtype === 'float32';
    const noise = (seed: number, otherwise: Patches): Patches =>
      new Map(
        open.map((value) => [
          value,
          isFloat(value) ? [new NoisePatch({ std: 1, seed: seed + value })] : (otherwise.get(value) ?? []),
        ]),
      );
    const none: Patches = new Map();
    const size = graph.values.length;
    const used = new Set([...sample.values(), ...source.ownDue(values).values()].flat());
    for (const patch of used) patch.start(false);
    const holds = await staysApart(source, plan, [none, noise(1, sample), noise(1 + size, none), none]);
    for (const patch of used) patch.start(true);
    for (const value of open) known.set(value, holds);
  }
  return [...values].every((value) => known.get(value) === true);
}

async function staysApart(
  source: BatchSource,
  plan: BatchPlan,
  copies: readonly Patches[],
): Promise<boolean> {
  const { runner, at, unkept, ownDue } = source;
  const count = copies.length;
  const due = ownDue(new Set(copies.flatMap((patches) => [...patches.keys()])));
  const batch = runner.runBatch(plan, copies, due, at, unkept);
  if (batch === null) return false;
  try {
    for (const [copy, patches] of copies.entries()) {
      const alone = runner.runDownstream(joinPatches(due, patches), at, unkept);
      const isSame = await agree(source, batch, (value, stacked) => {
        const axis = plan.axes[value] ?? null;
        const own = axis === null ? stacked.clone() : slice(stacked, { axis, count }, copy);
        return [own, alone.values.get(value) ?? at(value)];
      });
      tf.dispose([...alone.values.values()]);
      if (!isSame) return false;
    }
    return true;
  } finally {
    tf.dispose(batch);
  }
}

/** Whether each tensor of the output is what it should be; `pair` makes the first of the two tensors to compare. */
async function agree(
  { runner }: BatchSource,
  batch: readonly tf.Tensor[],
  pair: (value: ValueId, stacked: tf.Tensor) => [made: tf.Tensor, expected: tf.Tensor],
): Promise<boolean> {
  for (const [i, value] of valuesOf(runner.trace.graph.output).entries()) {
    const [made, expected] = pair(value, batch[i] as tf.Tensor);
    const isSame = await areEqual(made, expected, tf.getBackend() !== 'webgpu');
    made.dispose();
    if (!isSame) return false;
  }
  return true;
}

/** WebGPU adds in an order that varies, so that equal runs differ by a little. */
const TOLERANCE = 1e-3;

async function areEqual(a: tf.Tensor, b: tf.Tensor, isExact: boolean): Promise<boolean> {
  const [left, right]: ArrayLike<number>[] = [await a.data(), await b.data()] as never;
  if (left === undefined || right === undefined || left.length !== right.length) return false;
  let scale = 1;
  for (let i = 0; i < right.length; i += 1) {
    const size = Math.abs(right[i] as number);
    if (Number.isFinite(size)) scale = Math.max(scale, size);
  }
  for (let i = 0; i < left.length; i += 1) {
    const [x, y] = [left[i] as number, right[i] as number];
    if (!Object.is(x, y) && (isExact ? x !== y : !(Math.abs(x - y) <= TOLERANCE * scale))) return false;
  }
  return true;
}
