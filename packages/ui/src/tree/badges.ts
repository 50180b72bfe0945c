import type { PatchSpec } from '@patchbay/core/client';

/** What the tree marks a node with. */
export type Badge = 'patched' | 'probed' | 'changed' | 'inside';

/** The badges by path: of enabled patches, and of what lies downstream of them. */
export function badgesByPath(
  patches: readonly PatchSpec[],
  changed: readonly string[],
): ReadonlyMap<string, readonly Badge[]> {
  const badges = new Map<string, Badge[]>();
  const mark = (path: string, badge: Badge) => {
    const marked = badges.get(path) ?? [];
    if (!marked.includes(badge)) badges.set(path, [...marked, badge]);
  };
  for (const { path, kind, enabled } of patches) {
    if (enabled) mark(path, kind === 'probe' ? 'probed' : 'patched');
  }
  for (const path of changed) mark(path, 'changed');
  return badges;
}

/** The graphs around enabled patches; the tree marks them while they are closed. */
export function pathsAround(patches: readonly PatchSpec[]): ReadonlySet<string> {
  const around = new Set<string>();
  for (const { path, enabled } of patches) {
    if (!enabled) continue;
    around.add('');
    for (const { index } of path.matchAll(/[.|]/g)) around.add(path.slice(0, index));
  }
  return around;
}
