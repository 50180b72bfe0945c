import type { Activation } from '@patchbay/core/client';
import { useEffect, useRef } from 'react';
import { type ColourScale, colourOf, type Theme } from './colours.js';
import { pixelsOf } from './draw.js';

export interface PlaneStripProps {
  /** What is side by side: `head`, `channel`. */
  name: string;
  /** The same cut at every place of that axis. */
  planes: readonly Activation[];
  chosen: number;
  scale: ColourScale;
  theme: Theme;
  onChoose(place: number): void;
}

/** Small pictures of all heads or channels side by side, one of which is shown large. */
export function PlaneStrip({ name, planes, chosen, scale, theme, onChoose }: PlaneStripProps) {
  return (
    <fieldset className="plane-strip">
      <legend className="visually-hidden">Every {name}</legend>
      {planes.map((plane, at) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: a plane is its place
          key={at}
          type="button"
          className="plane-picture"
          aria-pressed={at === chosen}
          onClick={() => onChoose(at)}
        >
          <Picture plane={plane} scale={scale} theme={theme} />
          {name} {at}
        </button>
      ))}
    </fieldset>
  );
}

function Picture({ plane, scale, theme }: { plane: Activation; scale: ColourScale; theme: Theme }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { rows, columns, values } = plane;
  useEffect(() => {
    const pixels = pixelsOf(values, colourOf(scale, theme));
    canvas.current?.getContext('2d')?.putImageData(new ImageData(pixels, columns, rows), 0, 0);
  }, [values, rows, columns, scale, theme]);
  return <canvas ref={canvas} width={columns} height={rows} aria-hidden />;
}
