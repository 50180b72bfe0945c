import type { RawImage } from '@patchbay/core/client';

/** The largest image, in pixels, that is decoded whole. */
const mostPixels = 2 ** 26;

/** The pixels of an image file. @throws Error in words for a file that the browser cannot read as an image */
export async function readImage(file: Blob): Promise<RawImage> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error('The file is no image that this browser can read. Choose a PNG, JPEG, GIF or WebP file.');
  });
  const { width, height } = bitmap;
  try {
    if (width * height > mostPixels)
      throw new Error(`The image has ${width} × ${height} pixels; make it smaller than 64 million in all.`);
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (context === null) throw new Error('The browser has no canvas to read the image with.');
    context.drawImage(bitmap, 0, 0);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  } finally {
    bitmap.close();
  }
}
