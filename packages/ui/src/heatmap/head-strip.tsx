import type { Activation } from '@patchbay/core/client';
import { useEffect, useRef } from 'react';
import { type ColourScale, colourOf, type Theme } from './colours.js';
import { pixelsOf } from './draw.js';

export interface HeadStripProps {
  /** The same cut of every head. */
  heads: readonly Activation[];
  chosen: number;
  scale: ColourScale;
  theme: Theme;
  onChoose(head: number): void;
}

/** Small pictures of all heads side by side, one of which is shown large. */
export function HeadStrip({ heads, chosen, scale, theme, onChoose }: HeadStripProps) {
  return (
    <fieldset className="head-strip">
      <legend className="visually-hidden">Heads</legend>
      {heads.map((head, at) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: a head is its number
          key={at}
          type="button"
          className="head-picture"
          aria-pressed={at === chosen}
          onClick={() => onChoose(at)}
        >
          <Picture plane={head} scale={scale} theme={theme} />
          head {at}
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
