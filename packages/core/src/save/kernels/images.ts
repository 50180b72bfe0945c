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

const FLOAT = ['float32'];

function resize(call: KernelCall): Outcome {
  const images = call.input('images');
  checkRank(images, 4, 'input');
  const [height, width] = call.sizes('size', 2) as [number, number];
  return one([sizeAt(images, 0), height, width, sizeAt(images, 3)], [...FLOAT, images.dtype]);
}

function resizeGradient(call: KernelCall): Outcome {
  const [images, dy] = [call.input('images'), call.input('dy')];
  checkRank(images, 4, 'input');
  checkRank(dy, 4, 'gradient');
  // The cpu backend looks through a window of the gradient that grows with the ratio of the sizes.
  const window = (axis: number) =>
    2 * Math.ceil(sizeAt(dy, axis) / Math.max(1, sizeAt(images, axis) - 1)) + 2;
  return one(images.shape, [...FLOAT, images.dtype], sizeOf(images) * window(1) * window(2));
}

function nearestGradient(call: KernelCall): Outcome {
  const [images, dy] = [call.input('images'), call.input('dy')];
  for (const axis of [1, 2]) {
    // The cpu backend then loops without end.
    if (call.flag('alignCorners') && sizeAt(images, axis) === 1 && sizeAt(dy, axis) > 1)
      throw new Error('it aligns the corners of an image of one pixel');
  }
  return resizeGradient(call);
}

function cropAndResize(call: KernelCall): Outcome {
  const [image, boxes] = [call.input('image'), call.input('boxes')];
  checkRank(image, 4, 'input');
  checkRank(boxes, 2, 'list of boxes');
  checkRank(call.input('boxInd'), 1, 'list of indices');
  call.oneOf('method', ['bilinear', 'nearest']);
  call.number('extrapolationValue');
  const [height, width] = call.sizes('cropSize', 2) as [number, number];
  return one([sizeAt(boxes, 0), height, width, sizeAt(image, 3)], FLOAT);
}

function transform(call: KernelCall): Outcome {
  const image = call.input('image');
  checkRank(image, 4, 'input');
  checkRank(call.input('transforms'), 2, 'list of transforms');
  call.oneOf('interpolation', ['nearest', 'bilinear']);
  call.oneOf('fillMode', ['constant', 'reflect', 'wrap', 'nearest']);
  call.number('fillValue');
  const isGiven = call.setting('outputShape') !== undefined && call.setting('outputShape') !== null;
  const [height, width] = (isGiven ? call.sizes('outputShape', 2) : image.shape.slice(1, 3)) as [
    number,
    number,
  ];
  return one([sizeAt(image, 0), height, width, sizeAt(image, 3)], [image.dtype]);
}

function rotate(call: KernelCall): Outcome {
  const image = call.input('image');
  checkRank(image, 4, 'input');
  call.number('radians');
  for (const name of ['fillValue', 'center']) if (!Array.isArray(call.setting(name))) call.number(name);
  return one(image.shape, [image.dtype]);
}

function flip(call: KernelCall): Outcome {
  const image = call.input('image');
  checkRank(image, 4, 'input');
  return one(image.shape, [image.dtype]);
}

function batchNorm(call: KernelCall): Outcome {
  const x = call.input('x');
  call.checkOptionalNumber('varianceEpsilon');
  const mean = call.input('mean');
  for (const name of ['variance', 'offset', 'scale']) {
    const other = name === 'variance' ? call.input(name) : call.optional(name);
    if (other !== null) checkSameShape(mean, other);
  }
  return one(x.shape, [x.dtype, ...FLOAT]);
}

/** Normalization over neighbouring channels, and its gradient. */
function localResponse(input: 'x' | 'dy'): Rule {
  return (call) => {
    const x = call.input(input);
    checkRank(x, 4, 'input');
    for (const name of ['bias', 'alpha', 'beta']) call.number(name);
    const neighbours = Math.min(2 * call.whole('depthRadius', 0) + 1, sizeAt(x, 3));
    return one(x.shape, [x.dtype, ...FLOAT], sizeOf(x) * neighbours);
  };
}

/** Kernels for images. */
export const IMAGES: Readonly<Record<string, Rule>> = {
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  ResizeBilinearGrad: resizeGradient,
  ResizeNearestNeighborGrad: nearestGradient,
  CropAndResize: cropAndResize,
  Transform: transform,
  RotateWithOffset: rotate,
  FlipLeftRight: flip,
  FusedBatchNorm: batchNorm,
  LRN: localResponse('x'),
  LRNGrad: localResponse('dy'),
};
