import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo } from '../graph/types.js';
import type { Patch, PatchableScalar } from './patch.js';

/** What patches make of a tensor, in order: a new tensor of the caller's. @throws PatchError for a wrong result */
export function applyPatches(patches: readonly Patch[], value: tf.Tensor, info: TensorInfo): tf.Tensor {
  return tf.tidy(() =>
    patches.reduce((current, patch) => checked(patch, patch.op(current), info), value).clone(),
  );
}

function checked(patch: Patch, result: tf.Tensor, { shape, dtype }: TensorInfo): tf.Tensor {
  const name = patch.constructor.name;
  if (!(result instanceof tf.Tensor))
    throw new PatchError(`${name}.op returned ${typeof result}, not a tensor.`);
  if (!tf.util.arraysEqual(result.shape, [...shape]) || result.dtype !== dtype) {
    throw new PatchError(
      `${name}.op returned ${result.dtype} [${result.shape.join(', ')}] where ${dtype} [${shape.join(', ')}] is needed.`,
    );
  }
  return result;
}

/** What patches make of a number, boolean or string, in order. @throws PatchError for a wrong result */
export function applyToScalar(patches: readonly Patch[], scalar: PatchableScalar): PatchableScalar {
  return patches.reduce((current, patch) => {
    const result: unknown = patch.scalar(current);
    if (typeof result !== typeof scalar) {
      const name = patch.constructor.name;
      throw new PatchError(`${name} gives ${String(result)} where a ${typeof scalar} is needed.`);
    }
    return result as PatchableScalar;
  }, scalar);
}
