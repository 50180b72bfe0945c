import type { Point } from './point.js';

/** Cells that have ink or none. */
export class Bitmap {
  private readonly cells: Uint8Array;

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.cells = new Uint8Array(columns * rows);
  }

  /** Inks every cell whose middle is within reach of a piece of a line. */
  ink(from: Point, to: Point, reach: number): void {
    const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
    const right = Math.min(this.columns - 1, Math.ceil(Math.max(from.x, to.x) + reach));
    const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
    const bottom = Math.min(this.rows - 1, Math.ceil(Math.max(from.y, to.y) + reach));
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        if (distance(column + 0.5, row + 0.5, from, to) <= reach) this.cells[row * this.columns + column] = 1;
      }
    }
  }

  /** The share of inked cells in each block of `size` × `size`, row by row. */
  shares(size: number): number[] {
    const width = this.columns / size;
    const shares = new Array<number>((this.rows / size) * width).fill(0);
    this.cells.forEach((ink, at) => {
      const row = Math.floor(Math.floor(at / this.columns) / size);
      const column = Math.floor((at % this.columns) / size);
      const block = row * width + column;
      shares[block] = (shares[block] as number) + ink / size ** 2;
    });
    return shares;
  }
}

/** From a point to a piece of a line. */
function distance(x: number, y: number, from: Point, to: Point): number {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = dx ** 2 + dy ** 2;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length));
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}
