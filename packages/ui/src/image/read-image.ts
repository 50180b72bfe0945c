import type { RawImage } from '@patchbay/core/client';

interface Size {
  width: number;
  height: number;
}

/** The largest image, in pixels, that is decoded whole. */
const mostPixels = 2 ** 26;

/**
 * The pixels of an image file, in its own size or in one that is chosen by it.
 * @throws Error in words for a file that the browser cannot read as an image
 */
export async function readImage(file: Blob, sizeFor: (own: Size) => Size = (own) => own): Promise<RawImage> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error('The file is no image that this browser can read. Choose a PNG, JPEG, GIF or WebP file.');
  });
  try {
    const { width, height } = sizeFor(bitmap);
    if (width * height > mostPixels)
      throw new Error(`The image has ${width} × ${height} pixels; make it smaller than 64 million in all.`);
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (context === null) throw new Error('The browser has no canvas to read the image with.');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  } finally {
    bitmap.close();
  }
}
