import * as tf from '@tensorflow/tfjs';
import { MAX_ELEMENTS } from '../limits.js';
import { type KernelCall, numeric, type Outcome, one, type Rule, sizeAt, sizeOf } from './call.js';

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'prelu', 'leakyrelu', 'sigmoid'] as const;

function matMul(call: KernelCall): Outcome {
  const [a, b] = [call.input('a'), call.input('b')];
  if (a.shape.length < 2 || b.shape.length < 2) throw new Error('its inputs are no matrices');
  const [m, k] = lastTwo(a.shape, call.flag('transposeA'));
  const [inner, n] = lastTwo(b.shape, call.flag('transposeB'));
  if (k !== inner) throw new Error(`it multiplies rows of ${k} with columns of ${inner}`);
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, m, n];
  return one(shape, numeric(a, b), sizeOf({ shape }) * k);
}

function lastTwo(shape: readonly number[], isTransposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** A product whose kernel also adds a bias and applies an activation, neither of which may make it larger. */
export function fused(rule: Rule, isChannelsFirst: (call: KernelCall) => boolean = () => false): Rule {
  return (call) => {
    const outcome = rule(call);
    const shape = [...(outcome.outputs[0]?.shape ?? [])];
    call.oneOf('activation', ACTIVATIONS);
    call.checkOptionalNumber('leakyreluAlpha');
    for (const name of ['bias', 'preluActivationWeights']) {
      const added = call.optional(name);
      if (added === null) continue;
      const isPerChannel = isChannelsFirst(call) && added.shape.length <= 1;
      const sum = isPerChannel ? shape : tf.backend_util.assertAndGetBroadcastShape(shape, [...added.shape]);
      if (!tf.util.arraysEqual(sum, shape)) throw new Error(`its ${name} has more numbers than the product`);
    }
    if (call.setting('activation') === 'prelu') call.input('preluActivationWeights');
    return outcome;
  };
}

function einsum(call: KernelCall): Outcome {
  const inputs = call.list();
  const equation = call.setting('equation');
  if (typeof equation !== 'string' || equation.length > 1000)
    throw new Error("its setting 'equation' is no equation");
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, inputs.length);
  const sizes = new Array<number>(allDims.length).fill(1);
  inputs.forEach((input, i) => {
    const dims = idDims[i] as number[];
    if (dims.length !== input.shape.length)
      throw new Error(`its equation has ${dims.length} axes for [${input.shape}]`);
    dims.forEach((dim, axis) => {
      const size = sizeAt(input, axis);
      if (sizes[dim] !== 1 && size !== sizes[dim])
        throw new Error(`an axis has ${size} and ${sizes[dim]} places`);
      sizes[dim] = size;
    });
  });
  const product = sizes.reduce((all, size) => all * size, 1);
  if (product > MAX_ELEMENTS) throw new Error(`it makes ${product} products`);
  const shape = sizes.slice(0, allDims.length - summedDims.length);
  return { ...one(shape, numeric(...inputs), product * inputs.length), scratch: product };
}

/** Products of matrices. */
export const PRODUCTS: Readonly<Record<string, Rule>> = {
  BatchMatMul: matMul,
  _FusedMatMul: fused(matMul),
  Einsum: einsum,
};
