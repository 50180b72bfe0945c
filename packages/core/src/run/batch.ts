import { haveSameSteps } from '../graph/compare.js';
import type { Graph, Step, TensorInfo } from '../graph/types.js';

/**
 * How a graph changes when several copies of its inputs are stacked. It is read off two traces, of one copy and
 * of two, and holds for any number: whatever differs between them grows by the same amount with each copy.
 */
export interface BatchPlan {
  /** The axis along which the copies of a value lie, one block each; null where all share the value. */
  readonly axes: readonly (number | null)[];
  /** The graph for `count` copies. */
  graph(count: number): Graph;
}

/** A setting that grows with the number of copies: `base + (count - 1) · growth`. */
type Growing = (count: number) => unknown;

/**
 * The plan from the graphs of one and of two copies, or null where they do not tell: other steps, or values that
 * do not double along one axis. Steps of opaque modules are not compared; a batch must not run them.
 */
export function planBatch(one: Graph, two: Graph): BatchPlan | null {
  if (!haveSameSteps(one, two)) return null;
  const axes: (number | null)[] = [];
  for (const [id, info] of one.values.entries()) {
    const axis = doubledAxis(info, two.values[id] as TensorInfo);
    if (axis === undefined) return null;
    axes.push(axis);
  }
  const settings = one.steps.map((step, i) => {
    const other = two.steps[i] as Step;
    return step.kind === 'kernel' && other.kind === 'kernel' ? growing(step.attrs, other.attrs) : unchanged;
  });
  if (settings.includes(null)) return null;
  return {
    axes,
    graph: (count) => ({
      ...one,
      values: one.values.map((info, id) => stacked(info, axes[id] ?? null, count)),
      steps: one.steps.map((step, i) =>
        step.kind === 'kernel'
          ? { ...step, attrs: settings[i]?.(count) as Readonly<Record<string, unknown>> }
          : step,
      ),
    }),
  };
}

/** Shape and dtype of `count` copies of a value. */
function stacked({ shape, dtype }: TensorInfo, axis: number | null, count: number): TensorInfo {
  return { dtype, shape: shape.map((size, i) => (i === axis ? size * count : size)) };
}

/** The only axis that is twice as long, null if none differs, undefined for anything else. */
function doubledAxis(one: TensorInfo, two: TensorInfo): number | null | undefined {
  if (one.dtype !== two.dtype || one.shape.length !== two.shape.length) return undefined;
  const differing = one.shape.flatMap((size, axis) => (size === two.shape[axis] ? [] : [axis]));
  const [axis] = differing;
  if (axis === undefined) return null;
  return differing.length === 1 && two.shape[axis] === 2 * (one.shape[axis] as number) ? axis : undefined;
}

const unchanged: Growing = () => undefined;

/** How a setting grows, or null if it is something else for two copies than for one. */
function growing(one: unknown, two: unknown): Growing | null {
  if (Object.is(one, two)) return () => one;
  if (typeof one === 'number' && typeof two === 'number')
    return Number.isInteger(two - one) ? (count) => one + (count - 1) * (two - one) : null;
  if (typeof one !== 'object' || typeof two !== 'object' || one === null || two === null) return null;
  const keys = Object.keys(one);
  if (keys.join() !== Object.keys(two).join()) return null;
  const parts = keys.map((key) => growing(Reflect.get(one, key), Reflect.get(two, key)));
  if (parts.includes(null)) return null;
  return (count) => {
    const made = parts.map((part) => part?.(count));
    return Array.isArray(one) ? made : Object.fromEntries(keys.map((key, i) => [key, made[i]]));
  };
}
