import type { TensorValue } from '@patchbay/core/client';
import { ImageUp } from 'lucide-react';
import { useRef, useState } from 'react';
import { readImage } from '../image/read-image.js';
import { type ImageSlot, imageTensor, type PixelRange, pixelRanges, sizeFor } from './image-slot.js';

export interface ImageFillProps {
  /** The name of the tensor. */
  name: string;
  slot: ImageSlot;
  onTensor(tensor: TensorValue): void;
}

/** Fills a tensor with an image from a file. What range its pixels should have, models of plain tensors do not say. */
export function ImageFill({ name, slot, onTensor }: ImageFillProps) {
  const input = useRef<HTMLInputElement>(null);
  const [range, setRange] = useState(0);
  const [error, setError] = useState<string | null>(null);

  async function fill(file: File, pixels: PixelRange): Promise<void> {
    try {
      const image = await readImage(file, (own) => sizeFor(slot, own));
      setError(null);
      onTensor(imageTensor(image, slot, pixels));
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  }

  return (
    <span className="image-fill">
      <button type="button" className="button" onClick={() => input.current?.click()}>
        <ImageUp size={14} aria-hidden /> Image
      </button>
      <select
        className="field tensor-fill"
        aria-label={`Range of the pixels of an image for ${name}`}
        title="What the darkest and brightest pixels of an image become"
        value={range}
        onChange={({ target }) => setRange(Number(target.value))}
      >
        {pixelRanges.map(([darkest, brightest], at) => (
          <option key={brightest - darkest} value={at}>
            {`${darkest} … ${brightest}`}
          </option>
        ))}
      </select>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={`Image file for ${name}`}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          // Choosing the same file again must count as a change.
          currentTarget.value = '';
          if (file !== undefined) void fill(file, pixelRanges[range] ?? [0, 1]);
        }}
      />
      {error !== null && (
        <span className="field-error" role="alert">
          {error}
        </span>
      )}
    </span>
  );
}
