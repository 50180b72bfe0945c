import { PatchError } from '../errors.js';
import { type PathIndex, resolveNode } from '../graph/paths.js';
import type { ScalarStructure, TensorInfo, ValueId } from '../graph/types.js';
import { applyToScalar } from '../patch/apply.js';
import { Patch, type PatchableScalar } from '../patch/patch.js';
import { naming, type PlacedPatch } from '../patch/placed-patch.js';
import { isNodePath, type NodePath } from './node-path.js';

/** Node paths with the patches on them, applied in order. */
export type PatchMap =
  | Readonly<Record<string, Patch | readonly Patch[]>>
  | ReadonlyMap<string | NodePath, Patch | readonly Patch[]>;

/** Patches by the value that they change. */
export type Patches = ReadonlyMap<ValueId, readonly Patch[]>;

/** @throws PatchError for values that are no patches. */
export function listPatches(map: PatchMap): PlacedPatch[] {
  const entries: Iterable<readonly [string | NodePath, Patch | readonly Patch[]]> =
    map instanceof Map ? map : Object.entries(map as Record<string, Patch>);
  const placed: PlacedPatch[] = [];
  for (const [key, value] of entries) {
    const path = isNodePath(key) ? key._path : String(key);
    for (const patch of Array.isArray(value) ? (value as readonly Patch[]) : [value as Patch]) {
      if (!(patch instanceof Patch)) {
        throw new PatchError(
          `At '${path}': ${typeof patch} is no patch; use ZeroPatch, ReplacePatch, AddPatch, ProbePatch, …`,
        );
      }
      placed.push({ path, patch });
    }
  }
  return placed;
}

/**
 * The patches by the tensor that they change, after checking all (spec rule P5). Those on scalars are left out.
 * @throws NodePathError, SliceError, PatchError, naming the path
 */
export function resolvePatches(index: PathIndex, placed: readonly PlacedPatch[]): Patches {
  const resolved = new Map<ValueId, Patch[]>();
  for (const { path, patch } of placed) {
    const structure = resolveNode(index, path);
    if (structure.kind === 'scalar') continue;
    const { value } = structure;
    naming(path, () => patch.check(index.graph.values[value] as TensorInfo));
    resolved.set(value, [...(resolved.get(value) ?? []), patch]);
  }
  return resolved;
}

/** Two sets of patches as one: on the same value, those of `second` come after. */
export function joinPatches(first: Patches, second: Patches): Patches {
  const all = new Map(first);
  for (const [value, more] of second) all.set(value, [...(all.get(value) ?? []), ...more]);
  return all;
}

/** A scalar of a graph with what its patches make of it. */
export interface PatchedScalar {
  readonly structure: ScalarStructure;
  readonly scalar: PatchableScalar;
}

/** True where some of the patches change scalars of the graph. @throws NodePathError */
export function touchScalars(index: PathIndex, placed: readonly PlacedPatch[]): boolean {
  return placed.some(({ path }) => resolveNode(index, path).kind === 'scalar');
}

/**
 * Applies the patches on the first patched scalar that comes after the scalar numbered `after` in the trace; null
 * if there is none.
 * @throws NodePathError, PatchError, naming the path
 */
export function nextPatchedScalar(
  index: PathIndex,
  placed: readonly PlacedPatch[],
  after: number,
): PatchedScalar | null {
  const found = placed.flatMap(({ path, patch }) => {
    const structure = resolveNode(index, path);
    return structure.kind === 'scalar' && structure.id > after ? [{ path, patch, structure }] : [];
  });
  const first = Math.min(...found.map(({ structure }) => structure.id));
  const same = found.filter(({ structure }) => structure.id === first);
  const [{ path, structure } = { path: '', structure: null }] = same;
  if (structure === null) return null;
  const patches = same.map(({ patch }) => patch);
  const scalar = naming(path, () => applyToScalar(patches, structure.scalar as PatchableScalar));
  return { structure, scalar };
}
