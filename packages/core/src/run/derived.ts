import { inputsOf, outputsOf } from '../graph/steps.js';
import type { Graph, Step, ValueId } from '../graph/types.js';

/** What of a graph follows from the weights alone. */
export interface Derived {
  /** Values that kernels compute from nothing but parameters and constants, one parameter at least. */
  readonly values: ReadonlySet<ValueId>;
  /** The steps that compute them, and those that read parameters and constants, in order. */
  readonly steps: readonly Step[];
}

type Origin = 'parameter' | 'constant' | 'derived';

/**
 * Finds the values that follow from the weights alone, such as a matrix that is unpacked or transposed for each use.
 * A kept run does not hold them: they would take as much memory as the weights do, and can be computed when they are
 * asked for.
 */
export function derivedFrom(graph: Pick<Graph, 'steps'>): Derived {
  const origins = new Map<ValueId, Origin>();
  const steps: Step[] = [];
  const visit = (step: Step): void => {
    const origin = originOf(step, origins);
    if (origin !== null) {
      for (const value of outputsOf(step)) origins.set(value, origin);
      steps.push(step);
    }
    if (step.kind === 'opaque') for (const call of step.calls) call.steps.forEach(visit);
  };
  graph.steps.forEach(visit);
  const values = [...origins].filter(([, origin]) => origin === 'derived').map(([value]) => value);
  return { values: new Set(values), steps };
}

/** Where the outputs of a step come from; null where from inputs, or from nothing, as random numbers do. */
function originOf(step: Step, origins: ReadonlyMap<ValueId, Origin>): Origin | null {
  switch (step.kind) {
    case 'parameter':
    case 'constant':
      return step.kind;
    case 'alias':
      return origins.get(step.from) ?? null;
    case 'opaque':
      return null;
    case 'kernel': {
      const inputs = inputsOf(step).map((value) => origins.get(value));
      const isFixed = !inputs.includes(undefined);
      return isFixed && inputs.some((origin) => origin !== 'constant') ? 'derived' : null;
    }
  }
}
