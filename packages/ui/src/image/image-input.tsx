import type { ImagePixels } from '@patchbay/core/client';
import type { Sample } from '../store/samples.js';
import { DrawingInput } from './drawing-input.js';
import { PictureInput } from './picture-input.js';
import './image.css';

export interface ImageInputProps {
  image: ImagePixels;
  samples: readonly Sample[];
  /** Why the image could not be read or run. */
  error: string | null;
  onImage(image: ImagePixels): void;
  onFile(file: File): void;
}

/** Larger pictures have pixels too small to be inked one by one. */
const largestDrawn = 32;

/** The image that the model runs on. */
export function ImageInput({ image, samples, error, onImage, onFile }: ImageInputProps) {
  const canDraw = image.channels === 1 && Math.max(image.width, image.height) <= largestDrawn;
  return (
    <section className="image-input" aria-label="Image">
      {canDraw ? (
        <DrawingInput image={image} samples={samples} onImage={onImage} />
      ) : (
        <PictureInput image={image} samples={samples} onImage={onImage} onFile={onFile} />
      )}
      {error !== null && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
    </section>
  );
}
