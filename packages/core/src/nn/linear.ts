import * as tf from '@tensorflow/tfjs';
import { constant, normal, uniform } from './init.js';
import { overRows } from './rows.js';
import { WeightHolder } from './weight-holder.js';

/** `y = x Wᵀ + b` with `weight` `[out, in]` and `bias` `[out]`, as `torch.nn.Linear`. */
export class Linear extends WeightHolder {
  static override readonly typeName: string = 'Linear';
  static override readonly inputs = ['input'];
  override weight: tf.Variable;
  readonly bias: tf.Variable | null;

  constructor(inFeatures: number, outFeatures: number, { bias = true } = {}) {
    super();
    const bound = 1 / Math.sqrt(inFeatures);
    this.weight = uniform([outFeatures, inFeatures], bound);
    this.bias = bias ? uniform([outFeatures], bound) : null;
  }

  override get channels() {
    return 'rows' as const;
  }

  /** Uses `weight` `[out, in]` of another module from now on; the own one is freed. */
  tie(weight: tf.Variable): void {
    this.weight.dispose();
    this.weight = weight;
  }

  /** `[…, in]` → `[…, out]`. */
  forward(input: tf.Tensor): tf.Tensor {
    return overRows(input, (rows) => {
      const product = this.heldProduct(rows) ?? tf.matMul(rows, this.weight as tf.Tensor2D, false, true);
      return this.bias === null ? product : product.add(this.bias);
    });
  }
}

/** `y = x W + b` with `weight` `[in, out]`: the layer of GPT-2, transposed against `Linear`. */
export class Conv1D extends WeightHolder {
  static override readonly typeName: string = 'Conv1D';
  static override readonly inputs = ['input'];
  override readonly weight: tf.Variable;
  readonly bias: tf.Variable;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    this.weight = normal([inFeatures, outFeatures], 0.02);
    this.bias = constant([outFeatures], 0);
  }

  override get channels() {
    return 'columns' as const;
  }

  /** `[…, in]` → `[…, out]`. */
  forward(input: tf.Tensor): tf.Tensor {
    return overRows(input, (rows) => {
      const product = this.heldProduct(rows) ?? tf.matMul(rows, this.weight as tf.Tensor2D);
      return product.add(this.bias);
    });
  }
}
