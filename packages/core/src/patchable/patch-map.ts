import { PatchbayError, PatchError } from '../errors.js';
import { type PathIndex, resolveValue } from '../graph/paths.js';
import type { TensorInfo, ValueId } from '../graph/types.js';
import { Patch } from '../patch/patch.js';
import { isNodePath, type NodePath } from './node-path.js';

/** Node paths with the patches on them, applied in order. */
export type PatchMap =
  | Readonly<Record<string, Patch | readonly Patch[]>>
  | ReadonlyMap<string | NodePath, Patch | readonly Patch[]>;

/** One patch on one path. */
export interface PlacedPatch {
  readonly path: string;
  readonly patch: Patch;
}

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
 * The patches by the value that they change, after checking all (spec rule P5).
 * @throws NodePathError, SliceError, PatchError, naming the path
 */
export function resolvePatches(index: PathIndex, placed: readonly PlacedPatch[]): Map<ValueId, Patch[]> {
  const resolved = new Map<ValueId, Patch[]>();
  for (const { path, patch } of placed) {
    const value = resolveValue(index, path);
    checkPatch(path, patch, index.graph.values[value] as TensorInfo);
    const patches = resolved.get(value);
    if (patches === undefined) resolved.set(value, [patch]);
    else patches.push(patch);
  }
  return resolved;
}

function checkPatch(path: string, patch: Patch, info: TensorInfo): void {
  try {
    patch.check(info);
  } catch (error) {
    if (error instanceof PatchbayError) error.message = `At '${path}': ${error.message}`;
    throw error;
  }
}
