import type { ImagePixels } from '@patchbay/core/client';
import { ImageUp } from 'lucide-react';
import { useRef } from 'react';
import type { Sample } from '../store/samples.js';
import { Picture } from './picture.js';
import { SampleStrip } from './sample-strip.js';

export interface PictureInputProps {
  image: ImagePixels;
  samples: readonly Sample[];
  onImage(image: ImagePixels): void;
  onFile(file: File): void;
}

/** An image from a file, shown as the model sees it. */
export function PictureInput({ image, samples, onImage, onFile }: PictureInputProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="drawing">
      <figure className="drawing-part">
        <figcaption className="image-caption">
          Input
          <span className="image-size">
            {image.height} × {image.width} × {image.channels}
          </span>
        </figcaption>
        <div className="picture-frame">
          <Picture image={image} />
        </div>
      </figure>
      <div className="drawing-side">
        <p className="image-note">
          Choose an image, or drop one on the page. It is fitted to the size that the model takes, and never
          leaves your machine.
        </p>
        <button type="button" className="button" onClick={() => input.current?.click()}>
          <ImageUp size={14} aria-hidden /> Choose image
        </button>
        {samples.length > 0 && <SampleStrip samples={samples} image={image} onImage={onImage} />}
        <input
          ref={input}
          type="file"
          accept="image/*"
          hidden
          aria-label="Image file"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            // Choosing the same file again must count as a change.
            currentTarget.value = '';
            if (file !== undefined) onFile(file);
          }}
        />
      </div>
    </div>
  );
}
