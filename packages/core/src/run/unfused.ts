import * as tf from '@tensorflow/tfjs';

type Inputs = Readonly<Record<string, tf.Tensor | undefined>>;
type Settings = Readonly<Record<string, unknown>>;
type Compute = (inputs: Inputs, settings: Settings) => tf.Tensor;

/** Operations that tfjs's layers fuse into one kernel, which has no gradient, as the operations that have. */
const UNFUSED: Readonly<Record<string, Compute>> = {
  [tf._FusedMatMul]: ({ a, b }, { transposeA, transposeB }) =>
    tf.matMul(a as tf.Tensor, b as tf.Tensor, transposeA as boolean, transposeB as boolean),
  [tf.FusedConv2D]: ({ x, filter }, { strides, pad, dataFormat, dilations, dimRoundingMode }) =>
    tf.conv2d(
      x as tf.Tensor4D,
      filter as tf.Tensor4D,
      strides as [number, number],
      pad as number,
      dataFormat as 'NHWC',
      dilations as [number, number],
      dimRoundingMode as 'floor',
    ),
  [tf.FusedDepthwiseConv2D]: ({ x, filter }, { strides, pad, dataFormat, dilations, dimRoundingMode }) =>
    tf.depthwiseConv2d(
      x as tf.Tensor4D,
      filter as tf.Tensor4D,
      strides as [number, number],
      pad as number,
      (dataFormat ?? 'NHWC') as 'NHWC',
      dilations as [number, number],
      dimRoundingMode as 'floor',
    ),
};

/** What a fused kernel computes, with a gradient, while one is being recorded; null for all else. */
export function unfused(kernel: string, inputs: Inputs, settings: Settings): tf.Tensor | null {
  const compute = tf.engine().state.gradientDepth > 0 ? UNFUSED[kernel] : undefined;
  if (compute === undefined) return null;
  return tf.tidy(() => {
    const { bias } = inputs;
    const product = compute(inputs, settings);
    return activated(bias === undefined ? product : product.add(bias), inputs, settings);
  });
}

function activated(
  x: tf.Tensor,
  { preluActivationWeights }: Inputs,
  { activation, leakyreluAlpha }: Settings,
): tf.Tensor {
  switch (activation) {
    case 'relu':
      return x.relu();
    case 'relu6':
      return x.relu6();
    case 'elu':
      return x.elu();
    case 'sigmoid':
      return x.sigmoid();
    case 'leakyrelu':
      return x.leakyRelu(leakyreluAlpha as number);
    case 'prelu':
      return x.prelu(preluActivationWeights as tf.Tensor);
    default:
      return x;
  }
}
