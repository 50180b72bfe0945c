import { InputError } from '../../errors.js';
import type { PixelGrid } from '../../load/resample.js';
import type { HostTensor } from '../host-tensor.js';
import type { ImageLayout, ImagePixels } from '../protocol.js';
import { type InputReader, ofKind } from './reader.js';

/** The images that a model takes. A pixel between 0 and 1 goes in as `scale · pixel + offset`, by channel. */
export interface ImageFormat {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly layout: ImageLayout;
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  /** Makes an image of this size of one of any size with opacity. @throws InputError */
  readonly fit: (image: PixelGrid) => PixelGrid;
}

/** An image as float32, one in a batch. */
export function imageInput(format: ImageFormat): InputReader {
  const { width, height, channels } = format;
  const size = width * height * channels;
  return {
    info: { kind: 'image', width, height, channels },
    example: [imageTensor(format, new Float32Array(size))],
    read(input) {
      const image = ofKind(input, 'image');
      check(format, image);
      return { args: [imageTensor(format, image.values)], tokens: [] };
    },
    fitImage: ({ width: from, height: to, data }) => {
      const { data: bytes } = format.fit({ width: from, height: to, channels: 4, data });
      return { width, height, channels, values: Array.from(bytes, (byte) => byte / 255) };
    },
  };
}

function check({ width, height, channels }: ImageFormat, image: ImagePixels): void {
  const wanted = [width, height, channels];
  const given = [image.width, image.height, image.channels];
  if (given.some((size, i) => size !== wanted[i])) {
    throw new InputError(
      `The image has ${given.join(' × ')} values (width, height, channels); this model takes ${wanted.join(' × ')}.`,
    );
  }
  if (image.values.length !== width * height * channels)
    throw new InputError(
      `The image has ${image.values.length} values; ${wanted.join(' × ')} are ${width * height * channels}.`,
    );
  const wrong = image.values.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong >= 0)
    throw new InputError(
      `Value ${wrong} of the image is ${image.values[wrong]}; it has to lie between 0 and 1.`,
    );
}

function imageTensor(format: ImageFormat, pixels: ArrayLike<number>): HostTensor {
  const { width, height, channels, layout, scale, offset } = format;
  const values = new Float32Array(width * height * channels);
  const isLast = layout === 'channels-last';
  for (let i = 0; i < values.length; i += 1) {
    const channel = i % channels;
    const place = (i - channel) / channels;
    const to = isLast ? i : channel * width * height + place;
    values[to] = (pixels[i] as number) * (scale[channel] ?? 1) + (offset[channel] ?? 0);
  }
  return {
    shape: isLast ? [1, height, width, channels] : [1, channels, height, width],
    dtype: 'float32',
    values,
  };
}
