import * as tf from '@tensorflow/tfjs';
import { normal } from './init.js';
import { WeightHolder } from './weight-holder.js';

/** Rows of `weight` `[num, dim]` by int32 index, as `torch.nn.Embedding`. */
export class Embedding extends WeightHolder {
  static override readonly typeName: string = 'Embedding';
  static override readonly inputs = ['input'];
  override readonly weight: tf.Variable;

  constructor(num: number, dim: number) {
    super();
    this.weight = normal([num, dim]);
  }

  override get channels() {
    return 'rows' as const;
  }

  /** int32 `[…]` → `[…, dim]`. Indices must be in range; a GPU gives zeros for others, silently. */
  forward(input: tf.Tensor): tf.Tensor {
    return this.heldRows(input) ?? tf.gather(this.weight, input);
  }
}
