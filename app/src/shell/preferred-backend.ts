import type { BackendName } from '@patchbay/core/client';

const names: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];

/** The backend that the page's address asks for with `?backend=wasm`, or null. */
export function preferredBackend(search: string): BackendName | null {
  const wanted = new URLSearchParams(search).get('backend')?.toLowerCase();
  return names.find((name) => name === wanted) ?? null;
}
