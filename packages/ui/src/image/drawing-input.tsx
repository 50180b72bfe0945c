import type { ImagePixels } from '@patchbay/core/client';
import type { Sample } from '../store/samples.js';
import { DrawingPad } from './drawing-pad.js';
import { cleared, isBlank } from './paint.js';
import { PixelGrid } from './pixel-grid.js';
import { SampleStrip } from './sample-strip.js';

export interface DrawingInputProps {
  image: ImagePixels;
  samples: readonly Sample[];
  onImage(image: ImagePixels): void;
}

/** A small picture of one channel: drawn freely, inked pixel by pixel, or taken from samples. */
export function DrawingInput({ image, samples, onImage }: DrawingInputProps) {
  return (
    <div className="drawing">
      <figure className="drawing-part">
        <figcaption className="image-caption">
          Drawing
          <button
            type="button"
            className="image-clear"
            disabled={isBlank(image)}
            onClick={() => onImage(cleared(image))}
          >
            Clear
          </button>
        </figcaption>
        <DrawingPad image={image} onImage={onImage} />
      </figure>
      <figure className="drawing-part">
        <figcaption className="image-caption">
          Input
          <span className="image-size">
            {image.height} × {image.width}
          </span>
        </figcaption>
        <PixelGrid image={image} onImage={onImage} />
      </figure>
      {samples.length > 0 && <SampleStrip samples={samples} image={image} onImage={onImage} />}
    </div>
  );
}
