import type { Step, ValueId } from './types.js';

/** The values that a step reads. */
export function inputsOf(step: Step): readonly ValueId[] {
  if (step.kind === 'kernel') return Object.values(step.inputs).flat() as ValueId[];
  return step.kind === 'alias' ? [step.from] : [];
}

/** The values that a step writes. */
export function outputsOf(step: Step): readonly ValueId[] {
  return step.kind === 'kernel' ? step.outputs : [step.to];
}
