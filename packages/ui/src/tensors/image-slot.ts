import type { RawImage, TensorSlot, TensorValue } from '@patchbay/core/client';

/** How a tensor can hold an image, `[batch, height, width, channel]`; sizes that are free are null. */
export interface ImageSlot {
  height: number | null;
  width: number | null;
  channels: 1 | 3;
}

/** What the darkest and the brightest value of a channel become. */
export type PixelRange = readonly [darkest: number, brightest: number];

export const pixelRanges: readonly PixelRange[] = [
  [0, 1],
  [-1, 1],
  [0, 255],
];

/** The longest side of an image whose size is not given. */
const longestSide = 256;

/** Shares of red, green and blue in how bright a colour is (ITU-R BT.601). */
const luma = [0.299, 0.587, 0.114] as const;

/** How a slot can hold one image, or null if it does not look like it. */
export function imageSlot({ shape, dtype }: TensorSlot): ImageSlot | null {
  if (dtype === 'bool' || shape?.length !== 4) return null;
  const [batch = null, height = null, width = null, channels] = shape;
  const isImage = (batch === null || batch === 1) && (channels === 1 || channels === 3);
  return isImage ? { height, width, channels } : null;
}

/** The size for an image in a slot: what the slot says, else that of the image, made smaller where it is large. */
export function sizeFor(
  slot: ImageSlot,
  image: { width: number; height: number },
): { width: number; height: number } {
  const shrink = Math.min(1, longestSide / Math.max(image.width, image.height));
  const side = (given: number | null, own: number) => given ?? Math.max(1, Math.round(own * shrink));
  return { width: side(slot.width, image.width), height: side(slot.height, image.height) };
}

/** The tensor of an image that has the right size. */
export function imageTensor(
  { width, height, data }: RawImage,
  { channels }: ImageSlot,
  range: PixelRange,
): TensorValue {
  const [darkest, brightest] = range;
  const values: number[] = [];
  const push = (byte: number) => values.push(darkest + (byte / 255) * (brightest - darkest));
  for (let at = 0; at < data.length; at += 4) {
    const colour = luma.map((_, channel) => data[at + channel] as number);
    if (channels === 3) colour.forEach(push);
    else push(colour.reduce((sum, byte, channel) => sum + byte * (luma[channel] as number), 0));
  }
  return { shape: [1, height, width, channels], fill: { kind: 'values', values } };
}
