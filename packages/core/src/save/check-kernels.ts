import * as tf from '@tensorflow/tfjs';
import type { Graph, KernelStep, Step, TensorInfo } from '../graph/types.js';
import { type Expected, KernelCall, type Outcome, sizeOf } from './kernels/call.js';
import { RULES } from './kernels/rules.js';

/** What a kernel costs in a run: additions and the like, and elements that it holds meanwhile. */
export interface Cost {
  readonly work: number;
  readonly scratch: number;
}

/** All kernel calls of a graph, those inside of opaque modules included. */
export function* kernelSteps(steps: readonly Step[]): Generator<KernelStep> {
  for (const step of steps) {
    if (step.kind === 'kernel') yield step;
    if (step.kind === 'opaque') for (const call of step.calls) yield* kernelSteps(call.steps);
  }
}

/** Kernels of the graphs for which nothing is known of how much they make. */
export function unknownKernels(graphs: readonly Graph[]): string[] {
  return namesWhere(graphs, (kernel) => !RULES.has(kernel));
}

/** Kernels of the graphs that the current backend lacks. */
export function missingKernels(graphs: readonly Graph[]): string[] {
  return namesWhere(graphs, (kernel) => tf.getKernel(kernel, tf.getBackend()) === undefined);
}

function namesWhere(graphs: readonly Graph[], isWanted: (kernel: string) => boolean): string[] {
  const names = new Set(graphs.flatMap(({ steps }) => [...kernelSteps(steps)].map(({ kernel }) => kernel)));
  return [...names].filter(isWanted);
}

/**
 * Checks that a kernel makes just what the graph says that it makes: attributes that ask for more would allocate
 * without bound. Of a kernel without a rule nothing is known.
 * @returns what it costs
 * @throws Error saying what does not fit
 */
export function checkKernel(step: KernelStep, graph: Graph): Cost {
  const rule = RULES.get(step.kernel);
  const declared = step.outputs.map((value) => graph.values[value] as TensorInfo);
  const touched = sum([...Object.values(step.inputs).flat(), ...step.outputs], graph);
  if (rule === undefined) return { work: touched, scratch: 0 };
  const {
    outputs,
    work = 0,
    scratch = 0,
  }: Outcome = rule(new KernelCall(step, (value) => graph.values[value] as TensorInfo));
  if (outputs.length !== declared.length)
    throw new Error(`it makes ${outputs.length} outputs, where the graph has ${declared.length}`);
  outputs.forEach((output, i) => {
    checkOutput(output, declared[i] as TensorInfo);
  });
  return { work: Math.max(work, touched), scratch };
}

function checkOutput({ shape, dtypes }: Expected, { shape: declared, dtype }: TensorInfo): void {
  if (!tf.util.arraysEqual([...shape], [...declared]))
    throw new Error(`it makes [${shape.join(', ')}], where the graph has [${declared.join(', ')}]`);
  if (!dtypes.includes(dtype))
    throw new Error(`it makes ${dtypes.join(' or ')}, where the graph has ${dtype}`);
}

function sum(values: readonly unknown[], graph: Graph): number {
  return values.reduce<number>(
    (total, value) => total + sizeOf(graph.values[value as number] as TensorInfo),
    0,
  );
}
