import type { ImagePixels } from '@patchbay/core/client';
import { useEffect, useRef } from 'react';
import { inkBytes } from './ink.js';

/** The pixels of a picture, without a frame or a name of its own. */
export function Picture({ image }: { image: ImagePixels }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, channels } = image;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.putImageData(new ImageData(inkBytes(image), width, height), 0, 0);
  }, [image, width, height]);
  return (
    <canvas
      ref={canvas}
      className="picture"
      data-ink={channels === 1 || undefined}
      width={width}
      height={height}
      aria-hidden
    />
  );
}
