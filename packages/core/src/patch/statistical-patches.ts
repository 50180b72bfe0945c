import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';
import { changeSlice } from './operand.js';
import { Patch, type PatchableScalar } from './patch.js';
import { numberOnly, refuseSlice } from './scalars.js';
import { type SliceSpec, sliceFor } from './spec.js';

/** Multiplies the selected entries by `factor`. */
export class ScalePatch extends Patch {
  constructor(private readonly options: { factor: number; slice?: SliceSpec }) {
    super();
  }

  override check({ shape }: TensorInfo): void {
    sliceFor(this.options.slice, shape);
  }

  op(value: tf.Tensor): tf.Tensor {
    return changeSlice(value, this.options.slice, (part) => part.mul(this.options.factor).cast(part.dtype));
  }

  /** The product. */
  override scalar(value: PatchableScalar): PatchableScalar {
    refuseSlice(this.options.slice);
    return numberOnly(this, value) * this.options.factor;
  }
}

/** Replaces the selected entries by their mean over the axes `dims` of the selection (mean ablation). */
export class MeanPatch extends Patch {
  constructor(private readonly options: { dims: readonly number[]; slice?: SliceSpec }) {
    super();
  }

  override check({ shape }: TensorInfo): void {
    const selected = sliceFor(this.options.slice, shape)?.shape ?? shape;
    for (const dim of this.options.dims) {
      if (!Number.isInteger(dim) || dim < -selected.length || dim >= selected.length) {
        throw new PatchError(`There is no axis ${dim} in the selected shape [${selected.join(', ')}].`);
      }
    }
  }

  op(value: tf.Tensor): tf.Tensor {
    return changeSlice(value, this.options.slice, (part) => {
      const mean = part.mean([...this.options.dims], true);
      return tf.zerosLike(part).add(mean).cast(part.dtype);
    });
  }
}

/**
 * Adds normal noise of standard deviation `std` to the selected entries, as causal tracing does (Meng
 * et al., arXiv 2202.05262). The same seed gives the same noise in every run and on every backend.
 */
export class NoisePatch extends Patch {
  constructor(private readonly options: { std: number; seed: number; slice?: SliceSpec }) {
    super();
  }

  override check({ shape, dtype }: TensorInfo): void {
    sliceFor(this.options.slice, shape);
    if (dtype !== 'float32') throw new PatchError(`Noise can be added to float32, not to ${dtype}.`);
  }

  op(value: tf.Tensor): tf.Tensor {
    const { std, seed, slice } = this.options;
    return changeSlice(value, slice, (part) =>
      // To tfjs, seed 0 means none.
      part.add(tf.randomNormal(part.shape, 0, std, 'float32', seed === 0 ? Number.MIN_VALUE : seed)),
    );
  }
}

/**
 * Removes the component along `direction` (of any length but 0) from the last axis of the selected
 * entries, or with `keep` removes everything else.
 */
export class ProjectPatch extends Patch {
  constructor(
    private readonly options: {
      direction: readonly number[] | tf.Tensor1D;
      keep?: boolean;
      slice?: SliceSpec;
    },
  ) {
    super();
  }

  override check({ shape, dtype }: TensorInfo): void {
    const { direction, slice } = this.options;
    const selected = sliceFor(slice, shape)?.shape ?? shape;
    const length = direction instanceof tf.Tensor ? direction.size : direction.length;
    if (dtype !== 'float32' || selected.at(-1) !== length) {
      throw new PatchError(
        `A direction of ${length} numbers does not fit ${dtype} of the selected shape [${selected.join(', ')}].`,
      );
    }
  }

  op(value: tf.Tensor): tf.Tensor {
    const { direction, keep = false, slice } = this.options;
    const given = direction instanceof tf.Tensor ? direction : tf.tensor1d([...direction]);
    return changeSlice(value, slice, (part) => {
      // Of the part's rank: tfjs on WebGPU multiplies a vector with tensors of rank 5 and more wrongly.
      const unit = given
        .div(given.norm())
        .reshape(part.shape.map((_, axis) => (axis < part.rank - 1 ? 1 : -1)));
      const along = part.mul(unit).sum(-1, true).mul(unit);
      return keep ? along : part.sub(along);
    });
  }
}
