import { inputsOf, outputsOf } from '../graph/steps.js';
import type { Graph, KernelStep, Step, ValueId } from '../graph/types.js';

/**
 * Where a value lies while a program runs. A patched value has two: the slot that its step writes
 * and the slot that the patch writes, which consumers read.
 */
export type Slot = number;

/** One thing to do. `free` lists slots that nothing reads afterwards. */
export type Instruction =
  | { kind: 'kernel'; step: KernelStep; inputs: Record<string, Slot | Slot[]>; outputs: Slot[]; free: Slot[] }
  | { kind: 'read'; source: 'parameter' | 'constant'; key: string; to: Slot; free: Slot[] }
  | { kind: 'patch'; value: ValueId; from: Slot; to: Slot; free: Slot[] };

/** A flat program for one graph and one set of patched values. */
export interface Program {
  readonly instructions: readonly Instruction[];
  /** Slots filled before the start, from the arguments or a kept run, with the values they hold. */
  readonly given: readonly { slot: Slot; value: ValueId }[];
  /** Where to find a wanted value at the end. */
  slotOf(value: ValueId): Slot;
  readonly kernelCount: number;
}

export interface CompileOptions {
  /** Values with patches on them. */
  readonly patched: ReadonlySet<ValueId>;
  /** Values to hold at the end. */
  readonly wanted: readonly ValueId[];
  /** With a kept clean run, only what the patches affect is computed (spec rule R2). */
  readonly incremental: boolean;
}

/** Turns the graph into instructions: what is needed and nothing else, freed after its last use (R1). */
export function compile(graph: Graph, { patched, wanted, incremental }: CompileOptions): Program {
  const affected = downstream(graph, patched);
  const goals = new Set([...wanted, ...patched]);
  const runs = findNeeded(
    graph,
    goals,
    (step) => !incremental || inputsOf(step).some((value) => affected.has(value)),
  );

  const slots = new Map<ValueId, Slot>();
  const slotOf = (value: ValueId): Slot => slots.get(value) ?? value;
  const rawOf = (value: ValueId): Slot => (patched.has(value) ? graph.values.length + value : value);
  const instructions: Instruction[] = [];
  const given: { slot: Slot; value: ValueId }[] = [];
  const patch = (value: ValueId, from: Slot): void => {
    instructions.push({ kind: 'patch', value, from, to: value, free: [] });
  };
  const written = new Set<ValueId>(graph.steps.flatMap(outputsOf));
  const take = (value: ValueId): void => {
    given.push({ slot: rawOf(value), value });
    if (patched.has(value)) patch(value, rawOf(value));
  };
  graph.values.forEach((_, value) => {
    if (!written.has(value)) take(value);
  });
  for (const step of graph.steps) {
    if (!runs.has(step)) {
      for (const value of incremental ? outputsOf(step) : []) take(value);
      continue;
    }
    if (step.kind === 'alias') {
      if (patched.has(step.to)) patch(step.to, slotOf(step.from));
      else slots.set(step.to, slotOf(step.from));
      continue;
    }
    if (step.kind === 'kernel') {
      instructions.push({
        kind: 'kernel',
        step,
        inputs: mapInputs(step, slotOf),
        outputs: step.outputs.map(rawOf),
        free: [],
      });
    } else {
      instructions.push({ kind: 'read', source: step.kind, key: step.key, to: rawOf(step.to), free: [] });
    }
    for (const value of outputsOf(step)) if (patched.has(value)) patch(value, rawOf(value));
  }
  addFrees(instructions, new Set(wanted.map(slotOf)));
  const kernelCount = instructions.filter(({ kind }) => kind === 'kernel').length;
  return { instructions, given, slotOf, kernelCount };
}

/** The values that patches on `patched` can change: these and all that is computed from them. */
export function downstream(graph: Graph, patched: ReadonlySet<ValueId>): Set<ValueId> {
  return new Set([...patched, ...recomputed(graph, patched)]);
}

/** The values that are computed from those of `patched`, so that their steps run again. */
export function recomputed(graph: Graph, patched: ReadonlySet<ValueId>): Set<ValueId> {
  const again = new Set<ValueId>();
  for (const step of graph.steps) {
    if (!inputsOf(step).some((value) => patched.has(value) || again.has(value))) continue;
    for (const value of outputsOf(step)) again.add(value);
  }
  return again;
}

/** Steps to run so that the goals exist: those that `mustRun` and something needed depends on. */
function findNeeded(graph: Graph, goals: ReadonlySet<ValueId>, mustRun: (step: Step) => boolean): Set<Step> {
  const needed = new Set(goals);
  const runs = new Set<Step>();
  for (const step of [...graph.steps].reverse()) {
    if (!outputsOf(step).some((value) => needed.has(value)) || !mustRun(step)) continue;
    runs.add(step);
    for (const value of inputsOf(step)) needed.add(value);
  }
  return runs;
}

/** Marks each slot that a kernel or patch wrote to be freed after its last reader. */
function addFrees(instructions: readonly Instruction[], kept: ReadonlySet<Slot>): void {
  const lastUse = new Map<Slot, Instruction>();
  const owned = new Set<Slot>();
  for (const instruction of instructions) {
    for (const slot of slotsRead(instruction)) lastUse.set(slot, instruction);
    if (instruction.kind === 'read') continue;
    for (const slot of slotsWritten(instruction)) {
      owned.add(slot);
      lastUse.set(slot, instruction);
    }
  }
  for (const [slot, instruction] of lastUse)
    if (owned.has(slot) && !kept.has(slot)) instruction.free.push(slot);
}

function slotsRead(instruction: Instruction): Slot[] {
  if (instruction.kind === 'kernel') return Object.values(instruction.inputs).flat();
  return instruction.kind === 'patch' ? [instruction.from] : [];
}

function slotsWritten(instruction: Instruction): Slot[] {
  return instruction.kind === 'kernel' ? instruction.outputs : [instruction.to];
}

function mapInputs(step: KernelStep, slotOf: (value: ValueId) => Slot): Record<string, Slot | Slot[]> {
  const entries = Object.entries(step.inputs) as [string, ValueId | readonly ValueId[]][];
  return Object.fromEntries(
    entries.map(([key, input]) => [key, typeof input === 'number' ? slotOf(input) : input.map(slotOf)]),
  );
}
