import type { Tensor } from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';

/** What patches may change besides tensors: an attribute, or a number, boolean or string that goes in or out. */
export type PatchableScalar = number | boolean | string;

/**
 * A change to one value of a graph while it runs. Subclasses override `op`; a patch object may be
 * used in any number of runs.
 */
export abstract class Patch {
  /**
   * Called with the shape and dtype of the value before anything runs.
   * @throws SliceError or PatchError if the patch does not fit.
   */
  check(_value: TensorInfo): void {}

  /**
   * The value that consumers of the node see instead: same shape and dtype. Runs inside `tf.tidy`;
   * `value` belongs to the run and must not be disposed, tensors held longer must be kept.
   */
  abstract op(value: Tensor): Tensor;

  /**
   * Called when a run begins, and with true when it begins again: then what `op` has kept since is to be forgotten.
   */
  start(_isAgain: boolean): void {}

  /**
   * As `op`, for a number, boolean or string, of which a graph is traced anew with the changed one. Called
   * once a run, before anything runs.
   * @throws PatchError unless a subclass overrides it
   */
  scalar(value: PatchableScalar): PatchableScalar {
    throw new PatchError(`A ${this.constructor.name} changes tensors, not a ${typeof value}.`);
  }
}
