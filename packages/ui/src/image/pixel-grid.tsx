import type { ImagePixels } from '@patchbay/core/client';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { formatValue } from '../base/format.js';
import { type Cell, moveCell } from '../heatmap/cell-slice.js';
import { inkAt, paint, paintedValue } from './paint.js';
import { Picture } from './picture.js';

export interface PixelGridProps {
  image: ImagePixels;
  onImage(image: ImagePixels): void;
}

/** The pixels that the model sees. Each can be inked by pointer, or with the arrow keys and the space bar. */
export function PixelGrid({ image, onImage }: PixelGridProps) {
  const [cell, setCell] = useState<Cell>({ row: 0, column: 0 });
  const [hasFocus, setFocus] = useState(false);
  const painting = useRef<number | null>(null);
  const { width, height } = image;

  function ink(at: Cell, value: number): void {
    setCell(at);
    if (inkAt(image, at) !== value) onImage(paint(image, at, value));
  }

  function onKeyDown(event: KeyboardEvent): void {
    const next = moveCell(cell, event.key, height, width);
    if (next !== null) setCell(next);
    else if (event.key === ' ') ink(cell, paintedValue(inkAt(image, cell)));
    else if (event.key === 'Delete' || event.key === 'Backspace') ink(cell, 0);
    else return;
    event.preventDefault();
  }

  function cellUnder(event: PointerEvent): Cell | null {
    const box = event.currentTarget.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * width);
    const isInside = row >= 0 && row < height && column >= 0 && column < width;
    return isInside ? { row, column } : null;
  }

  function onPointerDown(event: PointerEvent): void {
    const under = cellUnder(event);
    if (event.button !== 0 || under === null) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    painting.current = paintedValue(inkAt(image, under));
    ink(under, painting.current);
  }

  function onPointerMove(event: PointerEvent): void {
    const under = painting.current === null ? null : cellUnder(event);
    if (under !== null && painting.current !== null) ink(under, painting.current);
  }

  function onPointerEnd(): void {
    painting.current = null;
  }

  return (
    <div
      className="pixel-grid"
      role="application"
      aria-label={`Pixels of the picture, ${height} rows of ${width}. Arrow keys move, the space bar inks or clears a pixel.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the pixels are walked with the arrow keys
      tabIndex={0}
      style={{ '--columns': width, '--rows': height } as React.CSSProperties}
      onKeyDown={onKeyDown}
      onFocus={() => setFocus(true)}
      onBlur={() => setFocus(false)}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerEnd}
      onPointerCancel={onPointerEnd}
    >
      <Picture image={image} />
      {hasFocus && (
        <span
          className="pixel-cursor"
          aria-hidden
          style={{
            left: `${(cell.column / width) * 100}%`,
            top: `${(cell.row / height) * 100}%`,
            width: `${100 / width}%`,
            height: `${100 / height}%`,
          }}
        />
      )}
      <span className="visually-hidden" aria-live="polite">
        {hasFocus && `Row ${cell.row}, column ${cell.column}, ink ${formatValue(inkAt(image, cell))}`}
      </span>
    </div>
  );
}
