import { UntraceableError } from '../errors.js';
import type { Traceable } from './types.js';

/** The errors of a module whose `forward` does what a recording cannot repeat; it can run by itself instead. */
export const refusals = {
  readsValues: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward reads the values of a tensor (data, dataSync, array or arraySync), ` +
        'which a recorded graph cannot repeat. Express the step with tensor operations.',
      module,
    ),
  usesNativeTensor: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward uses a tensor that a module which runs by itself made, and did not pass to it.`,
      module,
    ),
  getsNumber: (module: Traceable, from: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward gets a number from ${from.typeName}, which runs by itself.`,
      module,
    ),
  /** No use in running it by itself: it would still return a promise. */
  returnsPromise: (module: Traceable) =>
    new UntraceableError(
      `${module.typeName}.forward returned a promise; a traced forward must be synchronous.`,
    ),
};
