import * as tf from '@tensorflow/tfjs';
import * as z from 'zod/mini';
import { CheckpointError, InputError } from '../errors.js';
import { type Config, optional, readConfig, size } from '../models/config.js';
import type { ImageClassifier } from '../models/image-classifier.js';
import { type FilterName, type PixelGrid, resample } from './resample.js';

const sizes = z.object({
  height: z.nullish(size),
  width: z.nullish(size),
  shortest_edge: z.nullish(size),
});
/** A whole number stands for both sides; null is for what is not given. */
const sides = z.nullish(
  z.union([
    z.pipe(
      size,
      z.transform((side) => ({ height: side, width: side, shortest_edge: null })),
    ),
    sizes,
  ]),
);
const perChannel = optional(z.array(z.number()).check(z.length(3)), [0.5, 0.5, 0.5]);

const schema = z.object({
  do_resize: optional(z.boolean(), true),
  size: sides,
  resample: optional(z.number(), 2),
  do_center_crop: optional(z.boolean(), false),
  crop_size: sides,
  do_rescale: optional(z.boolean(), true),
  rescale_factor: optional(z.number(), 1 / 255),
  do_normalize: optional(z.boolean(), true),
  image_mean: perChannel,
  image_std: perChannel,
  do_pad: optional(z.literal(false, { error: 'padding is not supported' }), false),
});
type Settings = z.output<typeof schema>;

/** Pillow's numbers of the filters. */
const FILTERS: Readonly<Record<number, FilterName>> = {
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
  4: 'box',
  5: 'hamming',
};
const CHANNELS = 3;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Turns images into what a model takes, as the checkpoint's preprocessor_config.json says: resized, cut out of the
 * middle, scaled and shifted channel by channel. The numbers are those of transformers' processor that resizes with
 * Pillow; its other one, which resizes with torchvision, differs from both by a step of 1/255 here and there.
 */
export class ImageProcessor {
  /** Of the images that it makes, in pixels. */
  readonly width: number;
  readonly height: number;
  private readonly settings: Settings;
  private readonly filter: FilterName;

  /**
   * `config` is the parsed preprocessor_config.json; what it leaves out is as for ViT in transformers.
   * @throws CheckpointError for settings that are not supported, or whose images do not all have one size
   */
  constructor(config: Config) {
    this.settings = readConfig(schema, config, 'preprocessor_config.json');
    this.filter = filterOf(this.settings);
    const { width, height } = sizeOf(this.settings);
    this.width = width;
    this.height = height;
  }

  /** By channel, how a value between 0 and 1 of an image of the right size goes in: as `scale · value + offset`. */
  get affine(): { scale: number[]; offset: number[] } {
    const { do_rescale, rescale_factor, do_normalize, image_mean, image_std } = this.settings;
    const range = 255 * (do_rescale ? rescale_factor : 1);
    if (!do_normalize) return { scale: image_mean.map(() => range), offset: image_mean.map(() => 0) };
    return {
      scale: image_std.map((deviation) => range / deviation),
      offset: image_std.map((deviation, channel) => -(image_mean[channel] as number) / deviation),
    };
  }

  /**
   * `[1, 3, height, width]`, the caller's. `image` is of any size, with red, green and blue, and perhaps opacity, which
   * does not count.
   * @throws InputError for other channels, data of another length, or an image smaller than what is cut out of it
   */
  pixelValues(image: PixelGrid): tf.Tensor4D {
    const { data, width, height } = this.fit(image);
    const values = new Float32Array(data.length);
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      const value = this.valuesOf(channel);
      for (let at = 0; at < width * height; at += 1)
        values[channel * width * height + at] = value(data[at * CHANNELS + channel] as number);
    }
    return tf.tensor4d(values, [1, CHANNELS, height, width]);
  }

  /** An image of any size resized and cut, `[height, width, 3]`. @throws InputError as `pixelValues` does */
  fit(image: PixelGrid): PixelGrid {
    check(image);
    const { do_resize, do_center_crop } = this.settings;
    const { width, height } = do_resize ? resizedSize(this.settings, image) : image;
    const resized = resample(opaque(image), width, height, this.filter);
    return do_center_crop ? centerCrop(resized, this) : resized;
  }

  /** The number for an eight-bit value, rounded to float32 where transformers does. */
  private valuesOf(channel: number): (value: number) => number {
    const { do_rescale, rescale_factor, do_normalize, image_mean, image_std } = this.settings;
    const factor = do_rescale ? rescale_factor : 1;
    if (!do_normalize) return (value) => value * factor;
    const mean = Math.fround(image_mean[channel] as number);
    const deviation = Math.fround(image_std[channel] as number);
    return (value) => Math.fround(Math.fround(value * factor) - mean) / deviation;
  }
}

/**
 * The processor of a classifier's images; without settings it is as for ViT in transformers, at the model's size.
 * @throws CheckpointError for settings that are not supported or make other images than the model takes
 */
export function processorFor({ imageSize, channels }: ImageClassifier, config: Config): ImageProcessor {
  const [height, width] = imageSize;
  const processor = new ImageProcessor({
    ...(Object.keys(config).length === 0 && { size: { height, width } }),
    ...config,
  });
  if (processor.height === height && processor.width === width && channels === CHANNELS) return processor;
  throw new CheckpointError(
    `preprocessor_config.json makes images of ${processor.height} × ${processor.width} pixels with ${CHANNELS} channels; the model takes ${height} × ${width} with ${channels}.`,
  );
}

function filterOf({ resample: number }: Settings): FilterName {
  const filter = FILTERS[number];
  if (filter !== undefined) return filter;
  const known = Object.entries(FILTERS).map(([each, name]) => `${each} (${name})`);
  throw new CheckpointError(
    `preprocessor_config.json: the resampling filter ${number} is not supported; ${known.join(', ')} are.`,
  );
}

/** The size of all images that come out. */
function sizeOf(settings: Settings): Size {
  const { do_resize, do_center_crop, size: given, crop_size } = settings;
  const resized = { height: given?.height ?? 224, width: given?.width ?? 224 };
  const edge = given?.shortest_edge ?? null;
  if (!do_center_crop) {
    if (do_resize && edge === null) return resized;
    throw new CheckpointError(
      'preprocessor_config.json: images keep sizes of their own; supported are `size` with `height` and `width`, or `do_center_crop`.',
    );
  }
  const cut = { height: crop_size?.height ?? 224, width: crop_size?.width ?? 224 };
  const least = edge === null ? resized : { height: edge, width: edge };
  if (do_resize && (cut.height > least.height || cut.width > least.width)) {
    throw new CheckpointError(
      `preprocessor_config.json: ${cut.height} × ${cut.width} pixels are to be cut out of images of ${least.height} × ${least.width}.`,
    );
  }
  return cut;
}

function resizedSize({ size: given }: Settings, { width, height }: Size): Size {
  const edge = given?.shortest_edge ?? null;
  if (edge === null) return { height: given?.height ?? 224, width: given?.width ?? 224 };
  const long = (side: number, other: number) => Math.trunc((edge * side) / other);
  return width <= height
    ? { width: edge, height: long(height, width) }
    : { width: long(width, height), height: edge };
}

function centerCrop(image: PixelGrid, { width, height }: Size): PixelGrid {
  if (image.width < width || image.height < height) {
    throw new InputError(
      `The image has ${image.height} × ${image.width} pixels (height, width); at least ${height} × ${width} are needed.`,
    );
  }
  const top = Math.floor((image.height - height) / 2);
  const left = Math.floor((image.width - width) / 2);
  const data = new Uint8ClampedArray(width * height * CHANNELS);
  for (let row = 0; row < height; row += 1) {
    const from = ((top + row) * image.width + left) * CHANNELS;
    for (let at = 0; at < width * CHANNELS; at += 1)
      data[row * width * CHANNELS + at] = image.data[from + at] as number;
  }
  return { width, height, channels: CHANNELS, data };
}

function check({ width, height, channels, data }: PixelGrid): void {
  const isRight = (channels === 3 || channels === 4) && width >= 1 && height >= 1;
  if (isRight && data.length === width * height * channels) return;
  throw new InputError(
    `An image is height × width × 3 or 4 values; got ${data.length} values for ${height} × ${width} × ${channels}.`,
  );
}

/** Red, green and blue alone. */
function opaque(image: PixelGrid): PixelGrid {
  if (image.channels === CHANNELS) return image;
  const { width, height, channels, data } = image;
  const values = new Uint8ClampedArray(width * height * CHANNELS);
  for (let at = 0; at < values.length; at += 1)
    values[at] = data[Math.floor(at / CHANNELS) * channels + (at % CHANNELS)] as number;
  return { width, height, channels: CHANNELS, data: values };
}
