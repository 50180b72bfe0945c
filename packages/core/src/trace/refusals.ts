import { UntraceableError } from '../errors.js';
import type { Traceable } from './types.js';

/** The errors of a module whose `forward` does what a recording cannot repeat; it can run by itself instead. */
export const refusals = {
  runsByItself: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward does what depends on values, such as control flow, or computes with texts.`,
      module,
    ),
  readsValues: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward reads the values of a tensor (data, dataSync, array or arraySync), ` +
        'which a recorded graph cannot repeat. Express the step with tensor operations.',
      module,
    ),
  assigns: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward assigns to a variable, which a recorded graph does not repeat.`,
      module,
    ),
  changesAttribute: (module: Traceable, name: string) =>
    new UntraceableError(
      `${module.typeName}.forward changes '${name}' after reading it, so that each call computes something else.`,
      module,
    ),
  dependsOnValues: (module: Traceable, kernel: string) =>
    new UntraceableError(
      `${module.typeName}.forward uses ${kernel}, whose result has a shape that depends on values.`,
      module,
    ),
  usesNativeTensor: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward uses a tensor that was made in or below a module which runs by itself, and not passed to it.`,
      module,
    ),
  leavesTensor: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward leaves a tensor where a module that runs by itself finds it, instead of returning it.`,
      module,
    ),
  getsNumber: (module: Traceable, from: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward gets a number from ${from.typeName}, which runs by itself.`,
      module,
    ),
  returnsPromise: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward is asynchronous, which a recorded graph cannot repeat.`,
      module,
    ),
  /** Of no module: it would return a promise again. */
  mustWait: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward is asynchronous. Use await PatchableGraph.create(module, inputs) instead of new.`,
    ),
  customGradient: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward uses tf.customGrad, whose gradient a recorded graph cannot repeat.`,
      module,
    ),
  unknownValue: (module: Traceable, { message }: UntraceableError) =>
    new UntraceableError(
      `${module.typeName}.forward calls a submodule in an unusual way. ${message}`,
      module,
    ),
};
