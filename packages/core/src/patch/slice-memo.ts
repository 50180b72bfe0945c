import type { ResolvedSlice } from './slice-plan.js';

/** Numbers and characters that may be held; the slice used last is held whatever its weight. */
const HEAVIEST = 2 ** 22;

/** Keeps the slices that were resolved last, so that a patch which runs often resolves its slice once. */
export class SliceMemo {
  readonly #slices = new Map<string, ResolvedSlice>();
  #weight = 0;

  constructor(private readonly limit: number) {}

  /** The slice of that key, made where it is not kept. */
  get(key: string, make: () => ResolvedSlice): ResolvedSlice {
    const kept = this.#slices.get(key);
    const slice = kept ?? make();
    if (kept === undefined) this.#weight += weightOf(key, slice);
    // Maps iterate in order of insertion, so the first is the one used longest ago.
    this.#slices.delete(key);
    this.#slices.set(key, slice);
    for (const [oldKey, old] of this.#slices) {
      if (old === slice || (this.#slices.size <= this.limit && this.#weight <= HEAVIEST)) break;
      this.#slices.delete(oldKey);
      this.#weight -= weightOf(oldKey, old);
    }
    return slice;
  }
}

function weightOf(key: string, { rows }: ResolvedSlice): number {
  return key.length + (rows === null ? 0 : rows.picked.length + rows.count);
}
