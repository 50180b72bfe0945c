import type { PlacedPatch } from '../patch/placed-patch.js';
import { resolvePatches } from '../patchable/patch-map.js';
import type { RecordedRun } from '../patchable/recorded-run.js';
import { downstream } from '../run/compile.js';

/** Paths whose value may differ between a run and one in full of the same input with patches. */
export function changedPaths(
  clean: RecordedRun,
  patched: RecordedRun,
  placed: readonly PlacedPatch[],
): readonly string[] {
  const { graph, pathOf, byPath } = patched.index;
  if (patched.index !== clean.index) return [...byPath.keys()];
  const values = downstream(graph, new Set(resolvePatches(patched.index, placed).keys()));
  return [...values].map((value) => pathOf.get(value)).filter((path) => path !== undefined);
}
