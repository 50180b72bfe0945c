import type { PatchSpec } from '@patchbay/core/client';
import { expect, it } from 'vitest';
import { badgesByPath, pathsAround } from './badges.js';

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

it('names what is around enabled patches', () => {
  const patches = [
    { ...patch, path: 'h_0.attn.split|sub_0' },
    { ...patch, path: 'lm_head.output', enabled: false },
  ];
  expect([...pathsAround(patches)]).toEqual(['', 'h_0', 'h_0.attn', 'h_0.attn.split']);
});
