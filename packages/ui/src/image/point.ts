/** A point in the plane; on the drawing pad its sides go from 0 to 1. */
export interface Point {
  x: number;
  y: number;
}

/** What a pen leaves between being put down and lifted. */
export type Stroke = readonly Point[];
