import type { Tensor } from '@tensorflow/tfjs';
import type { TensorInfo } from '../graph/types.js';

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
}
