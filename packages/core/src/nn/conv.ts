import type * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { Module } from '../module/module.js';
import { type Convolution, convolve } from './convolve.js';
import { uniform } from './init.js';
import { type Pair, pairOf } from './pair.js';

/** Settings of a `Conv2d`; a pair is for height and width, a number for both. */
export interface Conv2dOptions {
  /** Positions from one output to the next; 1 by default. */
  readonly stride?: number | Pair;
  /** Zeros on both sides; 0 by default. `'same'` keeps the size and needs stride 1, `'valid'` is 0. */
  readonly padding?: number | Pair | 'same' | 'valid';
  /** Positions from one element of the kernel to the next; 1 by default. */
  readonly dilation?: number | Pair;
  /** Parts into which the channels are split, each convolved by itself; 1 by default. */
  readonly groups?: number;
  /** Whether something is added to each channel; true by default. */
  readonly bias?: boolean;
}

/**
 * 2D convolution as `torch.nn.Conv2d`, with `weight` `[out, in / groups, height, width]` and `bias` `[out]`. The
 * kernels of tfjs have the channels last, hence the transposes around them. Gradients work on cpu and WebGPU; the
 * WebAssembly backend of tfjs lacks the kernels for those of the weight, and of the input where `groups` is its
 * number of channels.
 */
export class Conv2d extends Module {
  static override readonly typeName: string = 'Conv2d';
  static override readonly inputs = ['input'];
  readonly weight: tf.Variable;
  readonly bias: tf.Variable | null;
  private readonly settings: Convolution;

  /** @throws InputError for settings that do not fit */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | Pair,
    { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true }: Conv2dOptions = {},
  ) {
    super();
    const kernel = pairOf('kernelSize', kernelSize, 1);
    const strides = pairOf('stride', stride, 1);
    const dilations = pairOf('dilation', dilation, 1);
    if (!(groups >= 1) || inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new InputError(
        `Conv2d: groups must divide inChannels and outChannels, but is ${groups} for ${inChannels} and ${outChannels}.`,
      );
    }
    const perGroup = inChannels / groups;
    const bound = 1 / Math.sqrt(perGroup * kernel[0] * kernel[1]);
    this.settings = { strides, dilations, padding: paddingOf(padding, kernel, strides, dilations), groups };
    this.weight = uniform([outChannels, perGroup, ...kernel], bound);
    this.bias = bias ? uniform([outChannels], bound) : null;
  }

  /**
   * `[batch, in, height, width]` → `[batch, out, height', width']`, also without the batch axis.
   * @throws InputError for an input of another rank or number of channels, or smaller than the kernel
   */
  forward(input: tf.Tensor): tf.Tensor {
    if (input.rank === 3) return this.forward(input.expandDims(0)).squeeze([0]);
    const channels = (this.weight.shape[1] as number) * this.settings.groups;
    if (input.rank !== 4 || input.shape[1] !== channels) {
      throw new InputError(
        `Conv2d expects [batch, ${channels}, height, width], but got [${input.shape.join(', ')}].`,
      );
    }
    const channelsLast = input.transpose([0, 2, 3, 1]) as tf.Tensor4D;
    const filter = this.weight.transpose([2, 3, 1, 0]) as tf.Tensor4D;
    const convolved = convolve(channelsLast, filter, this.settings);
    return (this.bias === null ? convolved : convolved.add(this.bias)).transpose([0, 3, 1, 2]);
  }
}

/** Zeros before and after, for height and width. */
function paddingOf(
  padding: NonNullable<Conv2dOptions['padding']>,
  kernel: Pair,
  strides: Pair,
  dilations: Pair,
): Convolution['padding'] {
  if (padding === 'same') {
    if (strides.some((stride) => stride !== 1)) {
      throw new InputError(`Conv2d: padding 'same' needs stride 1, but it is ${strides.join(', ')}.`);
    }
    const total = (axis: 0 | 1) => dilations[axis] * (kernel[axis] - 1);
    const around = (size: number): Pair => [Math.floor(size / 2), Math.ceil(size / 2)];
    return [around(total(0)), around(total(1))];
  }
  const [vertical, horizontal] = padding === 'valid' ? [0, 0] : pairOf('padding', padding, 0);
  return [
    [vertical, vertical],
    [horizontal, horizontal],
  ];
}
