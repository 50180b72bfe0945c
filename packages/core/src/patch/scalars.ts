import { PatchError, SliceError } from '../errors.js';
import type { Patch, PatchableScalar } from './patch.js';
import type { SliceSpec } from './spec.js';

/** @throws SliceError for a slice that selects something: a scalar has no axes */
export function refuseSlice(slice: SliceSpec | undefined): void {
  const isEmpty = slice === undefined || slice.length === 0 || slice === '...';
  if (!isEmpty) throw new SliceError('A number, boolean or string has no axes; leave the slice out.');
}

/** @throws PatchError for what is no number */
export function numberOnly(patch: Patch, value: PatchableScalar): number {
  if (typeof value === 'number') return value;
  throw new PatchError(`A ${patch.constructor.name} changes numbers, not a ${typeof value}.`);
}
