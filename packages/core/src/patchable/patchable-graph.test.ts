import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { Module } from '../module/module.js';
import { named, parameter } from '../module/tensors.js';
import { ReplacePatch, ZeroPatch } from '../patch/patches.js';
import { PatchableGraph } from './patchable-graph.js';

class Linear extends Module {
  static override inputs = ['input'];
  weight = parameter(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
  bias = parameter(tf.tensor1d([1, 1, 1]));
  forward(input: tf.Tensor): tf.Tensor {
    return tf.matMul(input as tf.Tensor2D, this.weight as tf.Tensor2D, false, true).add(this.bias);
  }
}
class Model extends Module {
  static override inputs = ['x'];
  linear = new Linear();
  forward(x: tf.Tensor): tf.Tensor {
    return this.linear.apply(x);
  }
}

class Deep extends Module {
  static override inputs = ['x'];
  inner = new Model();
  forward(x: tf.Tensor) {
    const a = this.inner.apply(x);
    const b = named('twice', a.mul(2));
    const [l, r] = tf.split(b, [1, 2], 1);
    return { logits: b, parts: [l, r], sum: b.sum(), last: this.inner.apply(x) };
  }
}

it('prints', () => {
  const m = new Model();
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  const n = tf.memory().numTensors;
  const pg = new PatchableGraph(m, [x]);
  console.log(String(pg.graph));
  console.log(pg.graph['linear']?._code, pg.graph['linear']?.['add']?._code);
  pg.apply(x).print();
  m.apply(x).print();
  pg.patch({ 'linear.matMul': new ZeroPatch({ slice: ':, 0' }) }).apply(x).print();
  const d = new PatchableGraph(new Deep(), [x]);
  console.log(String(d.graph), d.graph._code, d.graph['twice']?._code);
  console.log(d.patch({ 'inner_0.linear.weight': new ReplacePatch({ value: 3, slice: [0] }) }).apply(x).sum.dataSync());
  console.log(tf.memory().numTensors, n);
});
