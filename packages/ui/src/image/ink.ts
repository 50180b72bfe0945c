import type { ImagePixels } from '@patchbay/core/client';

/** RGBA bytes of a picture: ink of one channel as black of that strength, colours as they are. */
export function inkBytes({ channels, values }: ImagePixels): Uint8ClampedArray<ArrayBuffer> {
  const count = values.length / channels;
  const bytes = new Uint8ClampedArray(count * 4);
  for (let pixel = 0; pixel < count; pixel += 1) {
    if (channels === 1) {
      bytes[pixel * 4 + 3] = 255 * (values[pixel] as number);
      continue;
    }
    for (let channel = 0; channel < 3; channel += 1)
      bytes[pixel * 4 + channel] = 255 * (values[pixel * channels + channel] as number);
    bytes[pixel * 4 + 3] = 255;
  }
  return bytes;
}
