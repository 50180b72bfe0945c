import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { CheckpointError, InputError } from '../errors.js';
import type { Config } from '../models/config.js';
import { ImageProcessor } from './image-processor.js';
import type { PixelGrid } from './resample.js';
import { readSafetensors, type StoredTensor } from './safetensors.js';

const FOLDER = 'packages/core/test/golden';
const cases = JSON.parse(readFileSync(`${FOLDER}/images.json`, 'utf8')) as Config[];
const golden = new Map(readSafetensors(new Uint8Array(readFileSync(`${FOLDER}/images.safetensors`))));

function imageOf(i: number): PixelGrid {
  const { values, shape } = golden.get(`image_${i}`) as StoredTensor;
  const [height = 0, width = 0, channels = 0] = shape;
  return { width, height, channels, data: values };
}

/** All values, and frees the tensor. */
function take(tensor: tf.Tensor): { shape: number[]; values: number[] } {
  const values = [...tensor.dataSync()];
  tensor.dispose();
  return { shape: tensor.shape, values };
}

describe('makes exactly the numbers that transformers makes with Pillow', () => {
  it.each(cases.map((settings, i) => [JSON.stringify(settings), settings, i] as const))(
    '%s',
    (_, settings, i) => {
      const processor = new ImageProcessor(settings);
      const expected = golden.get(`pixel_values_${i}`) as StoredTensor;
      const before = tf.memory().numTensors;
      const { shape, values } = take(processor.pixelValues(imageOf(i)));
      expect(tf.memory().numTensors).toBe(before);
      expect(shape).toEqual([1, ...expected.shape]);
      expect(shape).toEqual([1, 3, processor.height, processor.width]);
      expect(values).toEqual([...expected.values]);
    },
  );
});

it('opacity does not count, and the affine form says the same of images of the right size', () => {
  const [settings = {}] = cases;
  const processor = new ImageProcessor(settings);
  const image = imageOf(0);
  const { data } = image;
  const withOpacity = Array.from({ length: (data.length / 3) * 4 }, (_, at) =>
    at % 4 === 3 ? 77 : (data[Math.floor(at / 4) * 3 + (at % 4)] as number),
  );
  const { values } = take(processor.pixelValues(image));
  expect(take(processor.pixelValues({ ...image, channels: 4, data: withOpacity })).values).toEqual(values);
  const { scale, offset } = processor.affine;
  const pixels = image.width * image.height;
  values.forEach((value, at) => {
    const channel = Math.floor(at / pixels);
    const part = (data[(at % pixels) * 3 + channel] as number) / 255;
    expect(part * (scale[channel] as number) + (offset[channel] as number)).toBeCloseTo(value, 6);
  });
});

it.each([
  [{ resample: 0 }, '0 is not supported; 1 (lanczos)'],
  [{ size: { shortest_edge: 9 } }, 'images keep sizes of their own'],
  [{ do_resize: false }, 'images keep sizes of their own'],
  [{ size: { shortest_edge: 9 }, do_center_crop: true, crop_size: 10 }, '10 × 10 pixels are to be cut out'],
  [{ image_mean: [0.5] }, 'image_mean'],
  [{ do_pad: true }, 'do_pad: padding is not supported'],
])('refuses %j', (settings, message) => {
  const make = () => new ImageProcessor(settings);
  expect(make).toThrow(CheckpointError);
  expect(make).toThrow(message);
  expect(make).toThrow('preprocessor_config.json');
});

it('refuses images that it cannot read', () => {
  const processor = new ImageProcessor({ do_resize: false, do_center_crop: true, crop_size: 4 });
  const image = (width: number, channels: number, length: number) => () =>
    processor.pixelValues({ width, height: 4, channels, data: new Uint8Array(length) });
  expect(image(3, 3, 36)).toThrow('at least 4 × 4');
  expect(image(4, 3, 47)).toThrow('47 values for 4 × 4 × 3');
  expect(image(4, 1, 16)).toThrow(InputError);
});
