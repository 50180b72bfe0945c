import { valuesOf } from './structure.js';
import type { OpaqueCall, Step, ValueId } from './types.js';

/** The values that a step reads. */
export function inputsOf(step: Step): readonly ValueId[] {
  switch (step.kind) {
    case 'kernel':
      return Object.values(step.inputs).flat() as ValueId[];
    case 'alias':
      return [step.from];
    case 'opaque':
      return [...step.inputs.flatMap(valuesOf), ...step.parameters.map(({ value }) => value)];
    case 'parameter':
    case 'constant':
      return [];
  }
}

/** The values that a step writes, those of recorded calls inside of an opaque module included. */
export function outputsOf(step: Step): readonly ValueId[] {
  switch (step.kind) {
    case 'kernel':
      return step.outputs;
    case 'opaque':
      return [...valuesOf(step.output), ...step.calls.flatMap(valuesInside)];
    case 'alias':
    case 'parameter':
    case 'constant':
      return [step.to];
  }
}

/** The values that a recorded call inside of an opaque module takes and makes. */
export function valuesInside({ inputs, steps }: OpaqueCall): ValueId[] {
  return [...inputs.flatMap(valuesOf), ...steps.flatMap(outputsOf)];
}
