import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';
import { broadcastLike, changeSlice, checkValue, type PatchValue } from './operand.js';
import { Patch, type PatchableScalar } from './patch.js';
import { numberOnly, refuseSlice } from './scalars.js';
import { type SliceSpec, sliceFor } from './spec.js';

/** Sets the selected entries to 0 (zero ablation). */
export class ZeroPatch extends Patch {
  constructor(private readonly options: { slice?: SliceSpec } = {}) {
    super();
  }

  override check({ shape }: TensorInfo): void {
    sliceFor(this.options.slice, shape);
  }

  op(value: tf.Tensor): tf.Tensor {
    return changeSlice(value, this.options.slice, tf.zerosLike);
  }

  /** 0 or false. */
  override scalar(value: PatchableScalar): PatchableScalar {
    refuseSlice(this.options.slice);
    if (typeof value === 'boolean') return false;
    numberOnly(this, value);
    return 0;
  }
}

/**
 * Sets the selected entries to `value`, which broadcasts as in an indexed assignment. Booleans and strings
 * replace their like.
 */
export class ReplacePatch extends Patch {
  constructor(private readonly options: { value: PatchValue | boolean | string; slice?: SliceSpec }) {
    super();
  }

  override check(target: TensorInfo): void {
    checkValue(this.tensorValue, this.options.slice, target);
  }

  op(value: tf.Tensor): tf.Tensor {
    return changeSlice(value, this.options.slice, (part) => broadcastLike(this.tensorValue, part));
  }

  /** The value itself. */
  override scalar(value: PatchableScalar): PatchableScalar {
    refuseSlice(this.options.slice);
    const { value: given } = this.options;
    if (typeof given === 'object')
      throw new PatchError(`A ${typeof value} cannot become a tensor or an array; give a ${typeof value}.`);
    return given;
  }

  private get tensorValue(): PatchValue {
    const { value } = this.options;
    if (typeof value === 'string') throw new PatchError(`A tensor cannot hold the text '${value}'.`);
    return typeof value === 'boolean' ? Number(value) : value;
  }
}

/** Adds `value`, which broadcasts, to the selected entries. */
export class AddPatch extends Patch {
  constructor(private readonly options: { value: PatchValue; slice?: SliceSpec }) {
    super();
  }

  override check(target: TensorInfo): void {
    checkValue(this.options.value, this.options.slice, target);
    if (target.dtype === 'bool') throw new PatchError('Nothing can be added to bool; use a ReplacePatch.');
  }

  op(value: tf.Tensor): tf.Tensor {
    return changeSlice(value, this.options.slice, (part) =>
      part.add(broadcastLike(this.options.value, part)),
    );
  }

  /** The sum, where `value` is one number. */
  override scalar(value: PatchableScalar): PatchableScalar {
    refuseSlice(this.options.slice);
    const { value: added } = this.options;
    if (typeof added !== 'number') throw new PatchError('Only one number can be added to a number.');
    return numberOnly(this, value) + added;
  }
}

/**
 * Keeps the value of the last run without changing it, a number, boolean or string as a tensor of rank 0. It owns
 * `activation`; `dispose` frees it.
 */
export class ProbePatch extends Patch {
  /** The value as it was at this place in the order of patches; null before the first run. */
  activation: tf.Tensor | null = null;

  op(value: tf.Tensor): tf.Tensor {
    this.dispose();
    this.activation = tf.keep(value.clone());
    return value;
  }

  /** Keeps it as a tensor. */
  override scalar(value: PatchableScalar): PatchableScalar {
    this.dispose();
    this.activation = tf.keep(tf.scalar(value));
    return value;
  }

  /** Frees what was kept. */
  dispose(): void {
    this.activation?.dispose();
    this.activation = null;
  }
}

/** Keeps the values of all runs, in order, without changing them. It owns them; `dispose` frees them. */
export class RecordPatch extends Patch {
  readonly activations: tf.Tensor[] = [];
  private countBefore = 0;

  /** What a run kept that has to begin again is freed. */
  override start(isAgain: boolean): void {
    if (isAgain) tf.dispose(this.activations.splice(this.countBefore));
    else this.countBefore = this.activations.length;
  }

  op(value: tf.Tensor): tf.Tensor {
    this.activations.push(tf.keep(value.clone()));
    return value;
  }

  /** Keeps it as a tensor. */
  override scalar(value: PatchableScalar): PatchableScalar {
    this.activations.push(tf.keep(tf.scalar(value)));
    return value;
  }

  /** Frees what was kept. */
  dispose(): void {
    tf.dispose(this.activations);
    this.activations.length = 0;
  }
}

/**
 * Applies any function. With `requiresClone`, `op` gets a tensor of its own instead of the run's. `V` says what the
 * node holds: a tensor, or the number, boolean or string that `op` then gets and returns.
 */
export class CustomPatch<V extends tf.Tensor | PatchableScalar = tf.Tensor> extends Patch {
  constructor(private readonly options: { op: (value: V) => V; requiresClone?: boolean }) {
    super();
    if (typeof options?.op !== 'function') {
      throw new PatchError('A CustomPatch needs a function: new CustomPatch({ op: (value) => … }).');
    }
  }

  op(value: tf.Tensor): tf.Tensor {
    const given = this.options.requiresClone === true ? value.clone() : value;
    return this.options.op(given as V) as tf.Tensor;
  }

  /** What the function returns. */
  override scalar(value: PatchableScalar): PatchableScalar {
    return this.options.op(value as V) as PatchableScalar;
  }
}
