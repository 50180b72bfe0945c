import { outputsOf } from './steps.js';
import type { Graph, Step, ValueId } from './types.js';

/** True where two graphs do the same with the same values, but for settings, shapes and numbers. */
export function haveSameSteps(one: Graph, other: Graph): boolean {
  return (
    one.steps.length === other.steps.length &&
    one.values.length === other.values.length &&
    one.steps.every((step, i) => isSameStep(step, other.steps[i] as Step))
  );
}

/** Opaque modules are the same wherever they stand in the same place. */
function isSameStep(a: Step, b: Step): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'opaque') return true;
  const essence = (step: Step) =>
    step.kind === 'kernel' ? [step.kernel, step.inputs, step.outputs] : { ...step, scalar: null };
  return JSON.stringify(essence(a)) === JSON.stringify(essence(b));
}

/** What steps of `other` make with other settings or from other numbers; null where more differs than that. */
export function differingValues(one: Graph, other: Graph): Set<ValueId> | null {
  if (!haveSameSteps(one, other)) return null;
  const differing = new Set<ValueId>();
  for (const [i, step] of other.steps.entries()) {
    if (mayDiffer(one.steps[i] as Step, step)) for (const value of outputsOf(step)) differing.add(value);
  }
  return differing;
}

function mayDiffer(a: Step, b: Step): boolean {
  if (a.kind === 'kernel' && b.kind === 'kernel') return !isSame(a.attrs, b.attrs);
  // Of constants that are no single number only the shape is known here.
  if (a.kind === 'constant' && b.kind === 'constant')
    return b.scalar === null || !Object.is(a.scalar, b.scalar);
  return b.kind === 'opaque';
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const keys = Object.keys(a);
  if (keys.join() !== Object.keys(b).join()) return false;
  return keys.every((key) => isSame(Reflect.get(a, key), Reflect.get(b, key)));
}
