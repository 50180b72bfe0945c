import { GraphError, GraphFileError } from '../errors.js';
import { checkGraph } from '../graph/check.js';
import { outputsOf } from '../graph/steps.js';
import { valuesOf } from '../graph/structure.js';
import type { Graph, OpaqueCall, Step, TensorInfo } from '../graph/types.js';
import { runCost } from './check-cost.js';
import type { Cost } from './check-kernels.js';
import { checkNodeNames } from './check-node-names.js';
import { type Referred, StepCheck } from './check-steps.js';
import type { Item } from './item.js';
import { sizeOf } from './kernels/call.js';
import { MAX_NESTED_WORK, MAX_OUTPUTS, RUN_BYTES, RUN_WORK } from './limits.js';

/** What bounds a run of a graph. */
export interface Budget {
  /** How many elements the file stores. */
  readonly storedElements: number;
  /** Bytes that a run may hold at once; null for a bound that goes by the file and the inputs. */
  readonly maxBytes: number | null;
}

const FREE: Cost = { work: 0, scratch: 0 };

/**
 * Checks that a graph of a file can be run and drawn safely: it is sound, what it refers to is there, and its kernels
 * make just what it says, in bounded memory and time.
 * @throws GraphFileError
 */
export function checkTrace(graph: Graph, referred: Referred, budget: Budget, item: Item): void {
  checkSound(graph, item);
  checkNodeNames(graph.root, item);
  const steps = new StepCheck(graph, referred, item);
  steps.checkAll();
  checkCounts(graph, item);
  checkCost(graph, steps.costs, budget, item);
}

function checkSound(graph: Graph, item: Item): void {
  try {
    checkGraph(graph);
  } catch (error) {
    if (error instanceof GraphError) throw item.error(error.message.replace(/\.$/, ''));
    throw error;
  }
  // `record` keeps every value, so each must come from somewhere.
  const written = new Set([...graph.inputs.flatMap(valuesOf), ...graph.steps.flatMap(outputsOf)]);
  const lost = graph.values.findIndex((_, value) => !written.has(value));
  if (lost >= 0) throw item.error(`no step makes the value ${lost}`);
}

function* callsIn(steps: readonly Step[]): Generator<OpaqueCall> {
  for (const step of steps) {
    if (step.kind !== 'opaque') continue;
    for (const call of step.calls) {
      yield call;
      yield* callsIn(call.steps);
    }
  }
}

/** Checks what takes time that grows with the square of the file. */
function checkCounts(graph: Graph, item: Item): void {
  const calls = [...callsIn(graph.steps)];
  for (const { output } of [graph, ...calls]) {
    const count = valuesOf(output).length;
    if (count > MAX_OUTPUTS) throw item.error(`it returns ${count} tensors, ${MAX_OUTPUTS} are allowed`);
  }
  if (calls.length * graph.values.length > MAX_NESTED_WORK) {
    throw item.error(
      `it has ${calls.length} calls inside of opaque modules, too many for ${graph.values.length} values`,
    );
  }
}

function checkCost(
  graph: Graph,
  costs: ReadonlyMap<Step, Cost>,
  { storedElements, maxBytes }: Budget,
  item: Item,
): void {
  const inputs = graph.inputs.flatMap(valuesOf).map((value) => graph.values[value] as TensorInfo);
  const base = inputs.reduce((sum, info) => sum + sizeOf(info), storedElements);
  const { bytes, work } = runCost(graph, (step) => costs.get(step) ?? FREE);
  const mostBytes = maxBytes ?? RUN_BYTES.least + RUN_BYTES.perElement * base;
  if (bytes > mostBytes) {
    throw new GraphFileError(
      `A run of the graph would hold ${bytes} bytes at once, where ${mostBytes} are allowed for a file like this; ` +
        '{ maxBytes } allows more.',
    );
  }
  const mostWork = RUN_WORK.perPair * (RUN_WORK.least + base) ** 2;
  if (work > mostWork) {
    throw item.error(
      `a run would take ${work} operations, where ${mostWork} are allowed for the numbers that the file and the inputs hold`,
    );
  }
}
