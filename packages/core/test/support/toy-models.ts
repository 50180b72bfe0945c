import * as tf from '@tensorflow/tfjs';
import { ModuleList } from '../../src/module/containers.js';
import { Module } from '../../src/module/module.js';
import { buffer, named, parameter } from '../../src/module/tensors.js';

/** Numbers 1, 2, 3, … in the shape. */
export function counting(...shape: number[]): tf.Tensor {
  const size = shape.reduce((product, each) => product * each, 1);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => i + 1),
    shape,
  );
}

/** The layer of the tree in the spec's example (G2). */
class ToyLinear extends Module {
  static override readonly inputs = ['input'];
  readonly weight = parameter(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
  readonly bias = parameter(tf.tensor1d([1, 2, 3]));

  forward(input: tf.Tensor2D): tf.Tensor2D {
    return tf.matMul(input, this.weight as tf.Tensor2D, false, true).add(this.bias);
  }
}

/** The model of that example. */
export class ToyModel extends Module {
  static override readonly inputs = ['x'];
  readonly linear = new ToyLinear();

  forward(x: tf.Tensor2D): tf.Tensor2D {
    return this.linear.apply(x);
  }
}

/** Most things that a graph must cope with, in one: `x` is `[n, 2]`. */
export class ToyZoo extends Module {
  static override readonly inputs = ['x'];
  readonly layers = new ModuleList([new ToyLinear(), new ToyLinear()]);
  readonly shared = new ToyLinear();
  readonly offset = buffer(tf.tensor1d([10, 20, 30]));

  forward(x: tf.Tensor2D) {
    const first = [...this.layers].map((layer) => layer.apply(x));
    const stacked = tf.stack(first);
    const twice = named('twice', stacked.mul(2));
    const [left, right] = tf.split(twice.add(this.offset), [1, 2], 2);
    const masked = named('masked', tf.where(twice.greater(40), twice, tf.zerosLike(twice)));
    const again = this.shared.apply(x).add(this.shared.apply(x));
    const tied = tf.matMul(x, this.shared.weight as tf.Tensor2D, false, true);
    return { parts: [left, right], nested: { masked, again, tied }, rows: x.shape[0] };
  }
}

/** Returns its argument, as a dropout layer does when it is off. */
class Identity extends Module {
  forward(input: tf.Tensor): tf.Tensor {
    return input;
  }
}

/** A residual connection around a module that changes nothing. */
export class IdentityResidual extends Module {
  static override readonly inputs = ['x'];
  readonly identity = new Identity();

  forward(x: tf.Tensor): tf.Tensor {
    return x.add(this.identity.apply(x));
  }
}
