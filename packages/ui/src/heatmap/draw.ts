import type { Rgb } from './colours.js';
import { type HeatmapLayout, labelStep, shortLabel } from './layout.js';

export interface HeatmapDrawing {
  layout: HeatmapLayout;
  /** Row-major. */
  values: ArrayLike<number>;
  colour(value: number): Rgb;
  rowTexts: readonly string[];
  columnTexts: readonly string[];
  /** CSS colour and font of the texts. */
  ink: string;
  font: string;
}

const gapFromCell = 8;

/** One opaque RGBA pixel for each value. */
export function pixelsOf(
  values: ArrayLike<number>,
  colour: (value: number) => Rgb,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(values.length * 4);
  for (let at = 0; at < values.length; at += 1) {
    const [red, green, blue] = colour(values[at] as number);
    pixels[at * 4] = red;
    pixels[at * 4 + 1] = green;
    pixels[at * 4 + 2] = blue;
    pixels[at * 4 + 3] = 255;
  }
  return pixels;
}

/** Draws cells and texts on a context whose unit is the CSS pixel. */
export function drawHeatmap(context: CanvasRenderingContext2D, drawing: HeatmapDrawing): void {
  const { layout } = drawing;
  context.clearRect(0, 0, layout.width, layout.height);
  drawCells(context, drawing);
  context.fillStyle = drawing.ink;
  context.font = drawing.font;
  drawRowTexts(context, drawing);
  drawColumnTexts(context, drawing);
}

function drawCells(context: CanvasRenderingContext2D, { layout, values, colour }: HeatmapDrawing): void {
  const { rows, columns, left, top, cellWidth, cellHeight } = layout;
  if (rows * columns === 0) return;
  if (Math.min(cellWidth, cellHeight) >= gapFromCell) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const [red, green, blue] = colour(values[row * columns + column] as number);
        context.fillStyle = `rgb(${red} ${green} ${blue})`;
        context.fillRect(left + column * cellWidth, top + row * cellHeight, cellWidth - 1, cellHeight - 1);
      }
    }
    return;
  }
  const small = new OffscreenCanvas(columns, rows);
  small.getContext('2d')?.putImageData(new ImageData(pixelsOf(values, colour), columns, rows), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, left, top, columns * cellWidth, rows * cellHeight);
}

function drawRowTexts(context: CanvasRenderingContext2D, { layout, rowTexts }: HeatmapDrawing): void {
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const step = labelStep(layout.cellHeight);
  for (let row = 0; row < layout.rows; row += step) {
    context.fillText(
      shortLabel(rowTexts[row] ?? ''),
      layout.left - 5,
      layout.top + (row + 0.5) * layout.cellHeight,
    );
  }
}

function drawColumnTexts(context: CanvasRenderingContext2D, { layout, columnTexts }: HeatmapDrawing): void {
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  const step = labelStep(layout.cellWidth);
  for (let column = 0; column < layout.columns; column += step) {
    context.save();
    context.translate(layout.left + (column + 0.5) * layout.cellWidth, layout.top - 5);
    context.rotate(-Math.PI / 2);
    context.fillText(shortLabel(columnTexts[column] ?? ''), 0, 0);
    context.restore();
  }
}
