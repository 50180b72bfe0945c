import type { PatchSpec } from '@patchbay/core/client';

type Patches = readonly PatchSpec[];

/** Adds a patch at the end under an id that no other has. */
export function addPatch(patches: Patches, patch: Omit<PatchSpec, 'id'>): PatchSpec[] {
  return [...patches, { ...patch, id: freeId(patches) }];
}

export function updatePatch(patches: Patches, id: string, change: Partial<PatchSpec>): PatchSpec[] {
  return patches.map((patch) => (patch.id === id ? { ...patch, ...change, id } : patch));
}

export function removePatch(patches: Patches, id: string): PatchSpec[] {
  return patches.filter((patch) => patch.id !== id);
}

/** Puts a copy right below the original. */
export function duplicatePatch(patches: Patches, id: string): PatchSpec[] {
  return patches.flatMap((patch) => (patch.id === id ? [patch, { ...patch, id: freeId(patches) }] : [patch]));
}

/** Moves a patch by some places; at the ends it stays. */
export function movePatch(patches: Patches, id: string, by: number): PatchSpec[] {
  const from = patches.findIndex((patch) => patch.id === id);
  const to = from + by;
  const moved = patches[from];
  if (moved === undefined || to < 0 || to >= patches.length) return [...patches];
  const others = removePatch(patches, id);
  return [...others.slice(0, to), moved, ...others.slice(to)];
}

/** Gives ids to patches that have none. */
export function withIds(patches: readonly Omit<PatchSpec, 'id'>[]): PatchSpec[] {
  return patches.reduce<PatchSpec[]>(addPatch, []);
}

function freeId(patches: Patches): string {
  const numbers = patches.map(({ id }) => Number(/^p(\d+)$/.exec(id)?.[1] ?? 0));
  return `p${Math.max(0, ...numbers) + 1}`;
}
