import { PatchbayError } from '../errors.js';
import type { Patch } from './patch.js';

/** One patch on one path. */
export interface PlacedPatch {
  readonly path: string;
  readonly patch: Patch;
}

/** Runs `fn`; errors of it then begin with the path that they are about. */
export function naming<T>(path: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (error instanceof PatchbayError) error.message = `At '${path}': ${error.message}`;
    throw error;
  }
}
