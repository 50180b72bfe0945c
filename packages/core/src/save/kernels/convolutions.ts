import * as tf from '@tensorflow/tfjs';
import type { TensorInfo } from '../../graph/types.js';
import {
  checkRank,
  checkSameShape,
  type KernelCall,
  type Outcome,
  one,
  type Rule,
  sizeAt,
  sizeOf,
} from './call.js';
import { fused } from './products.js';

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];
type Pad = Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
type Pad3D = 'same' | 'valid' | number;

const ROUNDINGS = ['floor', 'round', 'ceil'] as const;

/** Padding: a word, a number, or pairs of numbers for each axis. */
function padOf(call: KernelCall): Pad {
  const pad = call.setting('pad');
  if (typeof pad === 'number' || pad === 'same' || pad === 'valid') return pad;
  const pairs = call.pairs('pad');
  if (pairs.length !== 4) throw new Error("its setting 'pad' has no pair for each axis");
  return pairs as Pad;
}

function pad3D(call: KernelCall): Pad3D {
  const pad = padOf(call);
  if (typeof pad === 'object') throw new Error("its setting 'pad' is no word or number");
  return pad;
}

function rounding(call: KernelCall): (typeof ROUNDINGS)[number] | undefined {
  const isGiven = call.setting('dimRoundingMode') !== undefined && call.setting('dimRoundingMode') !== null;
  return isGiven ? call.oneOf('dimRoundingMode', ROUNDINGS) : undefined;
}

function dilations(call: KernelCall, count: number): number[] {
  const isGiven = call.setting('dilations') !== undefined && call.setting('dilations') !== null;
  return isGiven ? call.sizes('dilations', count) : new Array<number>(count).fill(1);
}

function isChannelsFirst(call: KernelCall): boolean {
  const format = call.setting('dataFormat');
  if (format === undefined || format === null) return false;
  return call.oneOf('dataFormat', ['NHWC', 'NCHW']) === 'NCHW';
}

interface Convolution {
  readonly shape: number[];
  readonly work: number;
}

function conv2d(
  call: KernelCall,
  x: readonly number[],
  filter: readonly number[],
  isDepthwise: boolean,
): Convolution {
  checkRank({ shape: x, dtype: '' }, 4, 'input');
  checkRank({ shape: filter, dtype: '' }, 4, 'filter');
  const info = tf.backend_util.computeConv2DInfo(
    [...x] as Shape4,
    [...filter] as Shape4,
    call.sizes('strides', 2) as [number, number],
    dilations(call, 2) as [number, number],
    padOf(call),
    rounding(call),
    isDepthwise,
    !isDepthwise && isChannelsFirst(call) ? 'channelsFirst' : 'channelsLast',
  );
  if (info.inChannels !== filter[2])
    throw new Error(`its filter is for ${filter[2]} channels, not ${info.inChannels}`);
  const window = info.filterHeight * info.filterWidth * (isDepthwise ? 1 : info.inChannels);
  return { shape: info.outShape, work: sizeOf({ shape: info.outShape }) * window };
}

function conv3d(call: KernelCall, x: readonly number[], filter: readonly number[]): Convolution {
  checkRank({ shape: x, dtype: '' }, 5, 'input');
  checkRank({ shape: filter, dtype: '' }, 5, 'filter');
  const strides = call.sizes('strides', 3) as [number, number, number];
  const dilated = dilations(call, 3) as [number, number, number];
  const pad = pad3D(call) as 'same' | 'valid';
  const info = tf.backend_util.computeConv3DInfo(
    [...x] as Shape5,
    [...filter] as Shape5,
    strides,
    dilated,
    pad,
  );
  if (x[4] !== filter[3]) throw new Error(`its filter is for ${filter[3]} channels, not ${x[4]}`);
  return { shape: info.outShape, work: sizeOf({ shape: info.outShape }) * windowOf(filter) };
}

/** How many products make one output. */
function windowOf(filter: readonly number[]): number {
  return filter.slice(0, -1).reduce((product, size) => product * size, 1);
}

const forward =
  (isDepthwise: boolean): Rule =>
  (call) => {
    const [x, filter] = [call.input('x'), call.input('filter')];
    const { shape, work } = conv2d(call, x.shape, filter.shape, isDepthwise);
    return one(shape, [x.dtype], work);
  };

/** The gradient for the filter, whose shape is a setting. */
const forFilter =
  (isDepthwise: boolean): Rule =>
  (call) => {
    const filter = call.wholes('filterShape', 0);
    const { shape, work } = conv2d(call, call.input('x').shape, filter, isDepthwise);
    checkSameShape(call.input('dy'), { shape });
    return one(filter, ['float32'], work);
  };

/** The gradient for the input, whose shape is a setting. */
const forInput =
  (isDepthwise: boolean): Rule =>
  (call) => {
    const input = call.wholes('inputShape', 0);
    const { shape, work } = conv2d(call, input, call.input('filter').shape, isDepthwise);
    checkSameShape(call.input('dy'), { shape });
    return one(input, ['float32'], work);
  };

function conv3dForward(call: KernelCall): Outcome {
  const x = call.input('x');
  const { shape, work } = conv3d(call, x.shape, call.input('filter').shape);
  return one(shape, [x.dtype], work);
}

function conv3dForFilter(call: KernelCall): Outcome {
  const filter = call.wholes('filterShape', 0);
  const { shape, work } = conv3d(call, call.input('x').shape, filter);
  checkSameShape(call.input('dy'), { shape });
  return one(filter, ['float32'], work);
}

function conv3dForInput(call: KernelCall): Outcome {
  const input = call.wholes('inputShape', 0);
  const { shape, work } = conv3d(call, input, call.input('filter').shape);
  checkSameShape(call.input('dy'), { shape });
  return one(input, ['float32'], work);
}

/** The output of a pooling of `x` and how many comparisons it takes. */
function pooled(call: KernelCall, x: TensorInfo, axes: 2 | 3): Convolution {
  checkRank(x, axes + 2, 'input');
  const window = call.sizes('filterSize', axes);
  const strides = call.sizes('strides', axes);
  const shape =
    axes === 2
      ? tf.backend_util.computePool2DInfo(
          [...x.shape] as Shape4,
          window as [number, number],
          strides as [number, number],
          1,
          padOf(call),
          rounding(call),
        ).outShape
      : tf.backend_util.computePool3DInfo(
          [...x.shape] as Shape5,
          window as [number, number, number],
          strides as [number, number, number],
          1,
          pad3D(call),
          rounding(call),
          call.setting('dataFormat') === undefined
            ? 'NDHWC'
            : call.oneOf<'NDHWC' | 'NCDHW'>('dataFormat', ['NDHWC', 'NCDHW']),
        ).outShape;
  const most = Math.max(sizeOf(x), sizeOf({ shape }));
  return { shape, work: most * window.reduce((product, size) => product * size, 1) };
}

const pool =
  (axes: 2 | 3): Rule =>
  (call) => {
    const x = call.input('x');
    const { shape, work } = pooled(call, x, axes);
    return one(shape, [x.dtype, 'float32'], work);
  };

const poolGradient =
  (axes: 2 | 3): Rule =>
  (call) => {
    const input = call.input('input');
    const { shape, work } = pooled(call, input, axes);
    checkSameShape(call.input('dy'), { shape });
    return one(input.shape, [input.dtype, 'float32'], work);
  };

function maxPoolWithArgmax(call: KernelCall): Outcome {
  const x = call.input('x');
  const { shape, work } = pooled(call, x, 2);
  return {
    outputs: [
      { shape, dtypes: [x.dtype] },
      { shape, dtypes: ['int32'] },
    ],
    work,
  };
}

function dilation(call: KernelCall): Convolution {
  const [x, filter] = [call.input('x'), call.input('filter')];
  checkRank(x, 4, 'input');
  checkRank(filter, 3, 'filter');
  const { outShape } = tf.backend_util.computeDilation2DInfo(
    [...x.shape] as Shape4,
    [...filter.shape] as [number, number, number],
    call.sizes('strides', 2) as [number, number],
    pad3D(call),
    'NHWC',
    call.sizes('dilations', 2) as [number, number],
  );
  if (sizeAt(x, 3) !== sizeAt(filter, 2)) throw new Error('its filter is for another number of channels');
  return { shape: outShape, work: sizeOf({ shape: outShape }) * sizeAt(filter, 0) * sizeAt(filter, 1) };
}

/** The gradient of a dilation for one of its inputs. */
const dilationGradient =
  (wanted: 'x' | 'filter'): Rule =>
  (call) => {
    const { shape, work } = dilation(call);
    checkSameShape(call.input('dy'), { shape });
    return one(call.input(wanted).shape, [call.input(wanted).dtype, 'float32'], work);
  };

/** Convolutions and pooling, with their gradients. */
export const CONVOLUTIONS: Readonly<Record<string, Rule>> = {
  Conv2D: forward(false),
  FusedConv2D: fused(forward(false), isChannelsFirst),
  DepthwiseConv2dNative: forward(true),
  FusedDepthwiseConv2D: fused(forward(true)),
  Conv2DBackpropFilter: forFilter(false),
  Conv2DBackpropInput: forInput(false),
  DepthwiseConv2dNativeBackpropFilter: forFilter(true),
  DepthwiseConv2dNativeBackpropInput: forInput(true),
  Conv3D: conv3dForward,
  Conv3DBackpropFilterV2: conv3dForFilter,
  Conv3DBackpropInputV2: conv3dForInput,
  AvgPool: pool(2),
  MaxPool: pool(2),
  AvgPool3D: pool(3),
  MaxPool3D: pool(3),
  AvgPoolGrad: poolGradient(2),
  MaxPoolGrad: poolGradient(2),
  AvgPool3DGrad: poolGradient(3),
  MaxPool3DGrad: poolGradient(3),
  MaxPoolWithArgmax: maxPoolWithArgmax,
  Dilation2D: (call) => {
    const { shape, work } = dilation(call);
    return one(shape, [call.input('x').dtype], work);
  },
  Dilation2DBackpropInput: dilationGradient('x'),
  Dilation2DBackpropFilter: dilationGradient('filter'),
};
