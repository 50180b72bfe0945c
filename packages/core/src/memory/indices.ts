import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';

/** Where tfjs's backends keep numbers: WebGPU some of them on the CPU, the others all of them. */
interface Stores {
  readonly tensorMap?: { get(dataId: tf.DataId): { readonly values: ArrayLike<number> | null } | undefined };
  readSync(dataId: tf.DataId): ArrayLike<number>;
}

/**
 * Checks the indices of a `gather`, such as token ids, where they are not on a GPU yet: it would give zeros for those out
 * of range, silently. @throws InputError
 */
export function checkIndices(inputs: tf.NamedTensorMap, attrs: object | undefined): void {
  const { x, indices } = inputs as { x: tf.Tensor; indices: tf.Tensor };
  const { axis } = attrs as { axis: number };
  const backend = tf.engine().backend as unknown as Stores;
  const { dataId } = indices;
  const values =
    backend.tensorMap === undefined ? backend.readSync(dataId) : backend.tensorMap.get(dataId)?.values;
  const length = x.shape[axis < 0 ? axis + x.shape.length : axis] as number;
  for (let i = 0; i < (values?.length ?? 0); i += 1) {
    const index = values?.[i] as number;
    if (index >= 0 && index < length) continue;
    throw new InputError(
      `Index ${index} is out of range: there are ${length} rows to take from, such as one for each token of a vocabulary.`,
    );
  }
}
