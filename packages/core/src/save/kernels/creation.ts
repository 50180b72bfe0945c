import { type KernelCall, type Outcome, one, type Rule } from './call.js';

const DTYPES = ['float32', 'int32', 'bool'] as const;

function fill(call: KernelCall): Outcome {
  call.number('value');
  const dtype = call.setting('dtype');
  const isGiven = dtype !== undefined && dtype !== null;
  return one(call.wholes('shape', 0), isGiven ? [call.oneOf('dtype', DTYPES)] : DTYPES);
}

/** As tfjs counts: a step that leads away from the end makes nothing, unless it is 1. */
function range(call: KernelCall): Outcome {
  const [start, stop, step] = [call.number('start'), call.number('stop'), call.number('step')];
  const isNothing = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
  const count = isNothing ? 0 : Math.abs(Math.ceil((stop - start) / step));
  return one([count], [call.oneOf('dtype', ['float32', 'int32'])]);
}

function linSpace(call: KernelCall): Outcome {
  call.number('start');
  call.number('stop');
  return one([call.whole('num', 1)], ['float32']);
}

/** Kernels that make tensors from settings alone. */
export const CREATION: Readonly<Record<string, Rule>> = { Fill: fill, Range: range, LinSpace: linSpace };
