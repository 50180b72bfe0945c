import type { RunResult, TokenRow } from '@patchbay/core/client';

/** The answers of the two runs: their most probable tokens. */
export interface Headline {
  clean: TokenRow;
  patched: TokenRow;
  isSame: boolean;
}

/** Whether values in the patched run outgrew float32, so that it has no answer. */
export function hasNoAnswer({ divergence }: Pick<RunResult, 'divergence'>): boolean {
  return Number.isNaN(divergence);
}

/** The rows of rank 1, or null where there is no result. */
export function headlineOf({ rows }: Pick<RunResult, 'rows'>): Headline | null {
  const clean = topOf(rows, 'clean');
  const patched = topOf(rows, 'patched');
  if (clean === null || patched === null) return null;
  return { clean, patched, isSame: clean.token.id === patched.token.id };
}

/** The row of the best rank; equally probable tokens may share rank 1. */
function topOf(rows: readonly TokenRow[], side: 'clean' | 'patched'): TokenRow | null {
  return rows.reduce<TokenRow | null>(
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
export function deltaScale(rows: readonly TokenRow[]): number {
  return Math.max(
    smallestScale,
    ...rows.map(({ clean, patched }) => Math.abs(patched.probability - clean.probability) || 0),
  );
}
