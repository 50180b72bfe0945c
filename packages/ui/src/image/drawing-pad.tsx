import type { ImagePixels } from '@patchbay/core/client';
import { type PointerEvent, useRef } from 'react';
import type { Point, Stroke } from './point.js';
import { drawStrokes, strokesOf } from './strokes.js';

export interface DrawingPadProps {
  image: ImagePixels;
  onImage(image: ImagePixels): void;
}

/** Width of the line shown, as a share of the pad. */
const lineShare = 0.055;

/** A square to draw on by mouse, pen or finger. The picture follows the strokes while they are drawn. */
export function DrawingPad({ image, onImage }: DrawingPadProps) {
  const drawing = useRef<{ before: readonly Stroke[]; points: Point[] } | null>(null);
  const { width, height } = image;
  const strokes = strokesOf(image);

  function draw(event: PointerEvent): void {
    if (drawing.current === null) return;
    const { before, points } = drawing.current;
    const box = event.currentTarget.getBoundingClientRect();
    const moves = event.nativeEvent.getCoalescedEvents();
    for (const { clientX, clientY } of moves.length > 0 ? moves : [event]) {
      points.push({ x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height });
    }
    onImage(drawStrokes([...before, [...points]], width, height));
  }

  function onPointerDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drawing.current = { before: strokes, points: [] };
    draw(event);
  }

  function onPointerEnd(): void {
    drawing.current = null;
  }

  return (
    <div
      className="drawing-pad"
      role="img"
      aria-label="Drawing pad for mouse, pen or finger. By keyboard, ink the pixels beside it."
      onPointerDown={onPointerDown}
      onPointerMove={draw}
      onPointerUp={onPointerEnd}
      onPointerCancel={onPointerEnd}
    >
      {strokes.length === 0 && <span className="drawing-hint">Draw here</span>}
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        {strokes.map((stroke, at) => (
          <polyline
            // biome-ignore lint/suspicious/noArrayIndexKey: strokes keep their order
            key={at}
            points={pointsOf(stroke)}
            strokeWidth={lineShare}
          />
        ))}
      </svg>
    </div>
  );
}

/** A stroke as SVG writes it; a dot as a line of no length. */
function pointsOf(stroke: Stroke): string {
  const points = stroke.length === 1 ? [...stroke, ...stroke] : stroke;
  return points.map(({ x, y }) => `${x.toFixed(4)},${y.toFixed(4)}`).join(' ');
}
