import type { Cell } from './cell-slice.js';

/** Where the parts of a heatmap lie, in CSS pixels. */
export interface HeatmapLayout {
  rows: number;
  columns: number;
  cellWidth: number;
  cellHeight: number;
  /** Room for row texts on the left and column texts on top. */
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface LayoutRequest {
  rows: number;
  columns: number;
  availableWidth: number;
  availableHeight: number;
  rowTexts: readonly string[];
  columnTexts: readonly string[];
  /** Cells as high as wide, for two axes of the same kind. */
  isSquare: boolean;
}

const characterWidth = 6.7;
const smallestCell = 3;
const largestCell = 34;
const labelPadding = 8;
const longestLabel = 12;

/** The smallest cell that a text fits beside. */
const labelledCell = 11;

/** Fills the width with cells of whole pixels; what does not fit is scrolled to. */
export function layoutHeatmap(request: LayoutRequest): HeatmapLayout {
  const { rows, columns, availableWidth, availableHeight, rowTexts, columnTexts, isSquare } = request;
  const left = labelRoom(rowTexts);
  const top = labelRoom(columnTexts);
  let cellWidth = cellSize(availableWidth - left, columns);
  let cellHeight = cellSize(availableHeight - top, rows);
  if (isSquare) cellWidth = cellHeight = Math.max(smallestCell, Math.min(cellWidth, cellHeight));
  return {
    rows,
    columns,
    cellWidth,
    cellHeight,
    left,
    top,
    width: left + cellWidth * columns,
    height: top + cellHeight * rows,
  };
}

/** The cell under a point of the drawing, or null beside the cells. */
export function cellAt(layout: HeatmapLayout, x: number, y: number): Cell | null {
  const column = Math.floor((x - layout.left) / layout.cellWidth);
  const row = Math.floor((y - layout.top) / layout.cellHeight);
  const isInside = row >= 0 && row < layout.rows && column >= 0 && column < layout.columns;
  return isInside ? { row, column } : null;
}

/** Shortens a text to what the room for labels holds. */
export function shortLabel(text: string): string {
  return text.length > longestLabel ? `${text.slice(0, longestLabel - 1)}…` : text;
}

/** Every how many cells a text is drawn, so that texts do not touch. */
export function labelStep(size: number): number {
  return Math.max(1, Math.ceil(labelledCell / size));
}

function labelRoom(texts: readonly string[]): number {
  const longest = texts.reduce((most, text) => Math.max(most, Math.min(longestLabel, text.length)), 0);
  return Math.ceil(longest * characterWidth) + labelPadding;
}

function cellSize(available: number, count: number): number {
  return Math.max(smallestCell, Math.min(largestCell, Math.floor(available / Math.max(1, count))));
}
