import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';
import {
  broadcastLike,
  changeSlice,
  checkValue,
  type PatchValue,
  type SliceSpec,
  sliceFor,
} from './operand.js';
import { Patch } from './patch.js';

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
}

/** Sets the selected entries to `value`, which broadcasts as in an indexed assignment. */
export class ReplacePatch extends Patch {
  constructor(private readonly options: { value: PatchValue; slice?: SliceSpec }) {
    super();
  }

  override check(target: TensorInfo): void {
    checkValue(this.options.value, this.options.slice, target);
  }

  op(value: tf.Tensor): tf.Tensor {
    return changeSlice(value, this.options.slice, (part) => broadcastLike(this.options.value, part));
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
}

/** Keeps the value of the last run without changing it. It owns `activation`; `dispose` frees it. */
export class ProbePatch extends Patch {
  /** The value as it was at this place in the order of patches; null before the first run. */
  activation: tf.Tensor | null = null;

  op(value: tf.Tensor): tf.Tensor {
    this.dispose();
    this.activation = tf.keep(value.clone());
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

  op(value: tf.Tensor): tf.Tensor {
    this.activations.push(tf.keep(value.clone()));
    return value;
  }

  /** Frees what was kept. */
  dispose(): void {
    tf.dispose(this.activations);
    this.activations.length = 0;
  }
}

/** Applies any function. With `requiresClone`, `op` gets a tensor of its own instead of the run's. */
export class CustomPatch extends Patch {
  constructor(private readonly options: { op: (value: tf.Tensor) => tf.Tensor; requiresClone?: boolean }) {
    super();
    if (typeof options?.op !== 'function') {
      throw new PatchError('A CustomPatch needs a function: new CustomPatch({ op: (value) => … }).');
    }
  }

  op(value: tf.Tensor): tf.Tensor {
    return this.options.op(this.options.requiresClone === true ? value.clone() : value);
  }
}
