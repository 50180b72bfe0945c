import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef } from 'react';
import { useElementSize } from '../base/use-element-size.js';
import { type Cell, moveCell } from './cell-slice.js';
import { type ColourScale, colourOf, type Theme } from './colours.js';
import { drawHeatmap } from './draw.js';
import { cellAt, layoutHeatmap } from './layout.js';

export interface HeatmapProps {
  label: string;
  rows: number;
  columns: number;
  values: Float32Array;
  rowTexts: readonly string[];
  columnTexts: readonly string[];
  scale: ColourScale;
  isSquare: boolean;
  theme: Theme;
  /** The cell with the frame. */
  cell: Cell | null;
  onHover(cell: Cell | null): void;
  onPick(cell: Cell): void;
}

const tallest = 460;
const font = '11px "IBM Plex Mono", ui-monospace, monospace';
const ink: Record<Theme, string> = { light: '#4d525a', dark: '#b4b8bd' };

/** A matrix as coloured cells, with texts along its axes. Arrow keys move the picked cell. */
export function Heatmap({ label, rows, columns, values, rowTexts, columnTexts, ...rest }: HeatmapProps) {
  const { scale, isSquare, theme, cell, onHover, onPick } = rest;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLSpanElement>(null);
  const isWalking = useRef(false);
  const { width: availableWidth } = useElementSize(frame);
  const layout = useMemo(
    () =>
      layoutHeatmap({
        rows,
        columns,
        availableWidth,
        availableHeight: tallest,
        rowTexts,
        columnTexts,
        isSquare,
      }),
    [rows, columns, availableWidth, rowTexts, columnTexts, isSquare],
  );

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current === null || !context || availableWidth === 0) return;
    const ratio = window.devicePixelRatio;
    canvas.current.width = Math.round(layout.width * ratio);
    canvas.current.height = Math.round(layout.height * ratio);
    context.scale(ratio, ratio);
    const colour = colourOf(scale, theme);
    drawHeatmap(context, { layout, values, colour, rowTexts, columnTexts, ink: ink[theme], font });
  }, [layout, values, scale, theme, rowTexts, columnTexts, availableWidth]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the cursor has moved
  useEffect(() => {
    if (isWalking.current) cursor.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    isWalking.current = false;
  }, [cell]);

  function cellUnder(event: PointerEvent): Cell | null {
    const box = event.currentTarget.getBoundingClientRect();
    return cellAt(layout, event.clientX - box.left, event.clientY - box.top);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const next = moveCell(cell ?? { row: 0, column: -1 }, event.key, rows, columns);
    if (next === null) return;
    event.preventDefault();
    isWalking.current = true;
    onPick(next);
  }

  return (
    <div className="heatmap-frame" ref={frame}>
      <div
        role="application"
        aria-label={`${label}. Arrow keys move the picked cell.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the cells are walked with the arrow keys
        tabIndex={0}
        className="heatmap"
        style={{ width: layout.width, height: layout.height }}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => onHover(cellUnder(event))}
        onPointerLeave={() => onHover(null)}
        onPointerDown={(event) => {
          const under = cellUnder(event);
          if (under !== null) onPick(under);
        }}
      >
        <canvas ref={canvas} style={{ width: layout.width, height: layout.height }} aria-hidden />
        {cell !== null && (
          <span
            ref={cursor}
            className="heatmap-cursor"
            style={{
              left: layout.left + cell.column * layout.cellWidth - 1,
              top: layout.top + cell.row * layout.cellHeight - 1,
              width: layout.cellWidth + 1,
              height: layout.cellHeight + 1,
            }}
          />
        )}
      </div>
    </div>
  );
}
