import { NodePathError, PatchbayError, SliceError } from '../errors.js';
import { type PathIndex, resolveNode } from '../graph/paths.js';
import type { Patch } from '../patch/patch.js';
import { AddPatch, ProbePatch, ReplacePatch, ZeroPatch } from '../patch/patches.js';
import type { PlacedPatch } from '../patch/placed-patch.js';
import { sliceFor } from '../patch/spec.js';
import { nextPatchedScalar, resolvePatches } from '../patchable/patch-map.js';
import type { PatchIssue, PatchSpec } from './protocol.js';

/** A patch with the spec that it was made from. */
export interface SpecifiedPatch extends PlacedPatch {
  readonly spec: PatchSpec;
}

/** The patches that specs describe, and what is wrong with those that do not fit the graph. */
export function placePatches(
  index: PathIndex,
  specs: readonly PatchSpec[],
): { placed: SpecifiedPatch[]; issues: PatchIssue[] } {
  const placed: SpecifiedPatch[] = [];
  const issues: PatchIssue[] = [];
  for (const spec of specs) {
    if (!spec.enabled) continue;
    const each = { path: spec.path, patch: createPatch(spec), spec };
    try {
      resolvePatches(index, [each]);
      nextPatchedScalar(index, [each], -1);
      checkProbe(index, spec);
      placed.push(each);
    } catch (error) {
      if (!(error instanceof PatchbayError)) throw error;
      issues.push({ patchId: spec.id, field: fieldOf(error), message: error.message });
    }
  }
  return { placed, issues };
}

/** A probe itself takes no slice; the part of it that the page shows does. */
function checkProbe(index: PathIndex, { kind, path, slice }: PatchSpec): void {
  if (kind !== 'probe') return;
  const node = resolveNode(index, path);
  sliceFor(slice, node.kind === 'tensor' ? (index.graph.values[node.value]?.shape ?? []) : []);
}

function createPatch({ kind, slice, value }: PatchSpec): Patch {
  switch (kind) {
    case 'zero':
      return new ZeroPatch({ slice });
    case 'replace':
      return new ReplacePatch({ value, slice });
    case 'add':
      return new AddPatch({ value, slice });
    case 'probe':
      return new ProbePatch();
  }
}

function fieldOf(error: PatchbayError): PatchIssue['field'] {
  if (error instanceof NodePathError) return 'path';
  return error instanceof SliceError ? 'slice' : 'value';
}
