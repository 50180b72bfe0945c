import type { PatchSpec } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { badgesByPath } from './badges.js';

const patch: PatchSpec = { id: 'p1', path: 'a', kind: 'zero', slice: '', value: 0, enabled: true };

it('marks enabled patches, probes, and what is downstream', () => {
  const patches = [
    patch,
    { ...patch, path: 'b', kind: 'probe' as const },
    { ...patch, path: 'c', enabled: false },
  ];
  expect([...badgesByPath(patches, ['a', 'd'])]).toEqual([
    ['a', ['patched', 'changed']],
    ['b', ['probed']],
    ['d', ['changed']],
  ]);
});
