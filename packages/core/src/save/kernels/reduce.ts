import { type KernelCall, numeric, one, type Rule } from './call.js';

/** Kernels that take many elements together along axes. */
function reduction(setting: string, dtypes: (call: KernelCall) => readonly string[]): Rule {
  return (call) => {
    const x = call.input('x');
    const axes = call.axes(setting, x);
    const keep = call.flag('keepDims');
    const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
    return one(shape, dtypes(call));
  };
}

function position(call: KernelCall) {
  const { shape } = call.input('x');
  const [axis] = call.axes('axis', call.input('x'));
  return one(
    shape.filter((_, each) => each !== axis),
    ['int32'],
  );
}

const ofInput = (call: KernelCall) => numeric(call.input('x'));
const bool = () => ['bool'];

export const REDUCTIONS: Readonly<Record<string, Rule>> = {
  All: reduction('axis', bool),
  Any: reduction('axis', bool),
  Max: reduction('reductionIndices', ofInput),
  Min: reduction('axis', ofInput),
  Mean: reduction('axis', () => ['float32']),
  Prod: reduction('axis', ofInput),
  Sum: reduction('axis', ofInput),
  ArgMax: position,
  ArgMin: position,
};
