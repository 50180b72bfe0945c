import { type PixelGrid, resample } from '../../load/resample.js';

/** Shares of red, green and blue in how bright a colour is (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;

/** An image with opacity stretched to a size, in colours or grey, for a model that says no more than that. */
export function fitImage(image: PixelGrid, { width, height, channels }: Omit<PixelGrid, 'data'>): PixelGrid {
  const { data } = resample(image, width, height, 'bilinear');
  const values = new Uint8ClampedArray(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const colour = LUMA.map((_, channel) => data[pixel * 4 + channel] as number);
    if (channels === 1)
      values[pixel] = colour.reduce((sum, each, at) => sum + each * (LUMA[at] as number), 0);
    else values.set(colour, pixel * channels);
  }
  return { width, height, channels, data: values };
}
