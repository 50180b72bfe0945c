import type { ImagePixels } from '@patchbay/core/client';

/** A picture to try a model on. */
export interface Sample {
  label: string;
  image: ImagePixels;
}

/** The file of samples that lies beside a model: pictures as whole numbers from 0 to `largest`. */
export interface SampleFile {
  width: number;
  height: number;
  channels: number;
  largest: number;
  samples: { label: string; pixels: number[] }[];
}

export function samplesOf({ width, height, channels, largest, samples }: SampleFile): Sample[] {
  return samples.map(({ label, pixels }) => ({
    label,
    image: { width, height, channels, values: pixels.map((value) => value / largest) },
  }));
}
