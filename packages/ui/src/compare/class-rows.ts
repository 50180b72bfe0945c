import type { ClassRow } from '@patchbay/core/client';

/** So many classes are all shown, in their own order. */
const fewClasses = 20;

/** Of more classes so many are shown at first. */
const mostClasses = 12;

/** The classes to show: all of a few; of many the most probable ones in either run, highest first. */
export function shownClasses(rows: readonly ClassRow[], isWhole: boolean): readonly ClassRow[] {
  if (rows.length <= fewClasses) return rows;
  const sorted = rows.toSorted((a, b) => larger(b) - larger(a) || a.index - b.index);
  return isWhole ? sorted : sorted.slice(0, mostClasses);
}

function larger({ clean, patched }: ClassRow): number {
  return Math.max(clean.probability, patched.probability);
}
