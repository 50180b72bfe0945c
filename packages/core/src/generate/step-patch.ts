import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';
import { applyPatches } from '../patch/apply.js';
import { Patch } from '../patch/patch.js';
import { type PositionAxes, shapeAt } from './position-axes.js';

/** The positions `[start, end)` that one step of a generation computes. */
export interface Step {
  readonly start: number;
  readonly end: number;
}

/** What a step leaves for the next one. */
interface Memory {
  /** The value at all positions so far, before patches. Keys that a row's own step did not know are 0. */
  readonly seen: tf.Tensor;
  /** The value with the rows that all steps so far patched; null with a cache, where rows are final by themselves. */
  readonly result: tf.Tensor | null;
}

/**
 * The patches on one value during a generation. They see the value at all positions so far, and what they do to the
 * positions of the step counts. Without a cache, where each run computes all positions, the value is cut into the
 * same steps. It owns its memory until `dispose`.
 */
export class StepPatch extends Patch {
  private step: Step = { start: 0, end: 0 };
  private acting: readonly Patch[] = [];
  private before: Memory | null = null;
  private after: Memory | null = null;

  constructor(
    private readonly axes: PositionAxes,
    private readonly isCached: boolean,
  ) {
    super();
  }

  /** Goes on to the next step, in which `acting` are applied. */
  begin(step: Step, acting: readonly Patch[]): void {
    this.step = step;
    this.acting = acting;
    free(this.before);
    this.before = this.after;
    this.after = null;
  }

  /** @throws PatchError if the value is not what the positions of the step say */
  override check({ shape }: TensorInfo): void {
    const { start, end } = this.step;
    const expected = shapeAt(this.axes, this.isCached ? end - start : end, end);
    if (tf.util.arraysEqual([...shape], expected)) return;
    throw new PatchError(
      this.isCached
        ? `With a key/value cache this has the shape [${shape.join(', ')}] where only position ${end - 1} is computed, not [${expected.join(', ')}]; generate with useCache: false, or patch another node.`
        : `This has the shape [${shape.join(', ')}] for ${end} positions, not [${expected.join(', ')}].`,
    );
  }

  op(value: tf.Tensor): tf.Tensor {
    const { start, end } = this.step;
    const { rows: axis, keys } = this.axes;
    const rows = this.isCached ? value : this.lastRows(value);
    const zeros = (_: number[], size: number[]) => tf.zeros(size, value.dtype);
    const cut = (begin: number[], size: number[]) => value.slice(begin, size);
    const seen =
      this.before === null ? rows : tf.concat([extend(this.before.seen, keys, end, zeros), rows], axis);
    const patched = start === 0 ? this.apply(seen) : this.lastRows(this.apply(seen));
    const earlier = this.before?.result ?? null;
    const result = earlier === null ? patched : tf.concat([extend(earlier, keys, end, cut), patched], axis);
    free(this.after);
    this.after = { seen: keep(seen), result: this.isCached ? null : keep(result) };
    return result;
  }

  /** Frees the memory of earlier steps. */
  dispose(): void {
    free(this.before);
    free(this.after);
    this.before = null;
    this.after = null;
  }

  private apply(seen: tf.Tensor): tf.Tensor {
    return this.acting.length === 0 ? seen : applyPatches(this.acting, seen, seen);
  }

  /** The rows of this step, of a value at all positions. */
  private lastRows(value: tf.Tensor): tf.Tensor {
    const { start, end } = this.step;
    const begin = value.shape.map((_, axis) => (axis === this.axes.rows ? start : 0));
    return value.slice(begin, shapeAt(this.axes, end - start, end));
  }
}

/** Grows axes to the size `end`, with `filler` giving the parts that are new. */
function extend(
  tensor: tf.Tensor,
  axes: readonly number[],
  end: number,
  filler: (begin: number[], size: number[]) => tf.Tensor,
): tf.Tensor {
  return axes.reduce((grown, along) => {
    const { shape } = grown;
    const begin = shape.map((size, axis) => (axis === along ? size : 0));
    const size = shape.map((each, axis) => (axis === along ? end - each : each));
    return tf.concat([grown, filler(begin, size)], along);
  }, tensor);
}

function keep(tensor: tf.Tensor): tf.Tensor {
  return tf.keep(tensor.clone());
}

function free(memory: Memory | null): void {
  memory?.seen.dispose();
  memory?.result?.dispose();
}
