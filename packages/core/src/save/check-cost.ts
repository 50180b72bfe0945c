import { inputsOf, outputsOf } from '../graph/steps.js';
import { valuesOf } from '../graph/structure.js';
import type { Graph, Step, TensorInfo, ValueId } from '../graph/types.js';
import type { Cost } from './check-kernels.js';
import { sizeOf } from './kernels/call.js';

/** Kernels whose output is their input in another shape, without a copy. */
const WITHOUT_COPY = new Set(['Reshape', 'Identity', 'ExpandDims']);

const BYTES: Readonly<Record<string, number>> = { bool: 1, complex64: 8 };

/** What a run of a graph costs. */
export interface RunCost {
  readonly work: number;
  /** Bytes that it holds at once at most, besides the model and the inputs. */
  readonly bytes: number;
}

/** Adds up what the steps cost; values are freed after their last use, as `execute` does. */
export function runCost(graph: Graph, costOf: (step: Step) => Cost): RunCost {
  const steps = flatten(graph.steps);
  const lastUse = new Map<ValueId, number>();
  const source = new Map<ValueId, ValueId>();
  const root = (value: ValueId): ValueId => source.get(value) ?? value;
  steps.forEach((step, position) => {
    for (const value of step.reads) lastUse.set(root(value), position);
    for (const value of step.writes) {
      if (step.from !== null) source.set(value, root(step.from));
      else lastUse.set(value, position);
    }
    if (step.from !== null) lastUse.set(root(step.from), position);
  });
  for (const value of valuesOf(graph.output)) lastUse.set(root(value), steps.length);

  const frees = new Map<number, number>();
  let held = 0;
  let bytes = 0;
  let work = 0;
  steps.forEach((step, position) => {
    for (const value of step.writes) {
      if (step.from !== null || step.isStored) continue;
      const size = bytesOf(graph.values[value] as TensorInfo);
      held += size;
      const end = lastUse.get(value) as number;
      frees.set(end, (frees.get(end) ?? 0) + size);
    }
    const cost = step.step === null ? { work: 0, scratch: 0 } : costOf(step.step);
    work += cost.work;
    bytes = Math.max(bytes, held + 4 * cost.scratch);
    held -= frees.get(position) ?? 0;
  });
  return { work, bytes };
}

/** A step as a run takes it, with those inside of opaque modules in their order. */
interface FlatStep {
  /** Null for the end of an opaque module. */
  readonly step: Step | null;
  readonly reads: readonly ValueId[];
  readonly writes: readonly ValueId[];
  /** The value that it only gives another name or shape. */
  readonly from: ValueId | null;
  /** True where it writes what the model holds already. */
  readonly isStored: boolean;
}

function flatten(steps: readonly Step[]): FlatStep[] {
  const flat: FlatStep[] = [];
  const add = (step: Step): void => {
    if (step.kind === 'opaque') {
      flat.push({ step, reads: inputsOf(step), writes: [], from: null, isStored: false });
      for (const call of step.calls) {
        flat.push({
          step: null,
          reads: [],
          writes: call.inputs.flatMap(valuesOf),
          from: null,
          isStored: false,
        });
        call.steps.forEach(add);
        flat.push({ step: null, reads: valuesOf(call.output), writes: [], from: null, isStored: false });
      }
      // What goes into an opaque module lives as long as it runs.
      flat.push({
        step: null,
        reads: inputsOf(step),
        writes: valuesOf(step.output),
        from: null,
        isStored: false,
      });
      return;
    }
    const [input] = inputsOf(step);
    const isView = step.kind === 'alias' || (step.kind === 'kernel' && WITHOUT_COPY.has(step.kernel));
    const isStored = step.kind === 'parameter' || step.kind === 'constant';
    flat.push({
      step,
      reads: inputsOf(step),
      writes: outputsOf(step),
      from: isView ? (input ?? null) : null,
      isStored,
    });
  };
  steps.forEach(add);
  return flat;
}

function bytesOf(info: TensorInfo): number {
  return sizeOf(info) * (BYTES[info.dtype] ?? 4);
}
