import type { Graph, KernelStep, ValueId } from '../../graph/types.js';

/** Kernels that leave the values as they are. */
const COPIES = ['Identity', 'Reshape', 'Cast', 'ExpandDims'];

/** Whether a value comes from a softmax, and so is probabilities already. */
export function isFromSoftmax({ steps }: Graph, value: ValueId): boolean {
  let from = value;
  // Each value is written by a step behind those of its operands.
  for (const step of steps.toReversed()) {
    if (step.kind === 'alias' && step.to === from) from = step.from;
    if (step.kind !== 'kernel' || !step.outputs.includes(from)) continue;
    if (!COPIES.includes(step.kernel)) return step.kernel === 'Softmax';
    from = inputOf(step);
  }
  return false;
}

function inputOf({ inputs }: KernelStep): ValueId {
  return Object.values(inputs).flat()[0] as ValueId;
}
