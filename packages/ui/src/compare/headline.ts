import type { OutputResult, Score } from '@patchbay/core/client';

/** A choice with its scores in both runs. */
export interface Scored {
  clean: Score;
  patched: Score;
}

/** The answers of the two runs: their most probable choices. */
export interface Headline<R extends Scored> {
  clean: R;
  patched: R;
  isSame: boolean;
}

/** Whether values in the patched run outgrew float32, so that it has no answer. */
export function hasNoAnswer(output: OutputResult): boolean {
  return output.kind !== 'tensor' && Number.isNaN(output.divergence);
}

/** The rows of rank 1, or null where there is no result. */
export function headlineOf<R extends Scored>(rows: readonly R[]): Headline<R> | null {
  const clean = topOf(rows, 'clean');
  const patched = topOf(rows, 'patched');
  if (clean === null || patched === null) return null;
  return { clean, patched, isSame: clean === patched };
}

/** The row of the best rank; equally probable choices may share rank 1. */
function topOf<R extends Scored>(rows: readonly R[], side: 'clean' | 'patched'): R | null {
  return rows.reduce<R | null>(
    (best, row) => (best === null || row[side].rank < best[side].rank ? row : best),
    null,
  );
}

/** Where a bar of a difference stands, in percent of a cell that spans −scale to +scale. */
export function deltaBar(delta: number, scale: number): { left: number; width: number } {
  const width = (Math.min(1, Math.abs(delta) / scale || 0) * 100) / 2;
  return { left: delta < 0 ? 50 - width : 50, width };
}

/** Changes of up to 5 points are drawn on one scale, so that tiny ones look tiny. */
const smallestScale = 0.05;

/** The change of probability that fills half a cell: the largest one in the rows. */
export function deltaScale(rows: readonly Scored[]): number {
  return Math.max(
    smallestScale,
    ...rows.map(({ clean, patched }) => Math.abs(patched.probability - clean.probability) || 0),
  );
}
