import type { ImagePixels } from '@patchbay/core/client';
import type { Sample } from '../store/samples.js';
import { isSamePicture } from './paint.js';
import { Picture } from './picture.js';

export interface SampleStripProps {
  samples: readonly Sample[];
  image: ImagePixels;
  onImage(image: ImagePixels): void;
}

/** Pictures to try, as they are small. */
export function SampleStrip({ samples, image, onImage }: SampleStripProps) {
  return (
    <fieldset className="samples">
      <legend className="image-caption">Samples</legend>
      {samples.map((sample) => (
        <button
          key={sample.label}
          type="button"
          className="sample"
          aria-label={`Sample ${sample.label}`}
          aria-pressed={isSamePicture(sample.image, image)}
          title={`A ${sample.label} from the test data`}
          onClick={() => onImage(sample.image)}
        >
          <Picture image={sample.image} />
        </button>
      ))}
    </fieldset>
  );
}
