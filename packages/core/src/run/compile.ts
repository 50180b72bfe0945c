import { inputsOf, outputsOf, valuesInside } from '../graph/steps.js';
import { hasScalars, valuesOf } from '../graph/structure.js';
import type { AliasStep, Graph, KernelStep, OpaqueCall, OpaqueStep, Step, ValueId } from '../graph/types.js';

/**
 * Where a value lies while a program runs. A patched value has two: the slot that its step writes
 * and the slot that the patch writes, which consumers read.
 */
export type Slot = number;

/** One thing to do. `free` lists slots that nothing reads afterwards. */
export type Instruction =
  | { kind: 'kernel'; step: KernelStep; inputs: Record<string, Slot | Slot[]>; outputs: Slot[]; free: Slot[] }
  | { kind: 'read'; source: 'parameter' | 'constant'; key: string; to: Slot; free: Slot[] }
  | { kind: 'patch'; value: ValueId; from: Slot; to: Slot; free: Slot[] }
  | OpaqueInstruction;

/** Runs a module's own `forward`, with programs for the submodules that it calls. */
export interface OpaqueInstruction {
  kind: 'opaque';
  step: OpaqueStep;
  /** Where the values that it reads lie. */
  inputs: ReadonlyMap<ValueId, Slot>;
  outputs: Slot[];
  calls: readonly CompiledCall[];
  free: Slot[];
}

/** The program of a submodule's call, with the values in it to hold at the end. */
export interface CompiledCall {
  readonly call: OpaqueCall;
  readonly program: Program;
  readonly wanted: readonly ValueId[];
  readonly isPatched: boolean;
}

/** Steps that run together: a graph, or a call inside of an opaque module. */
export interface Block {
  readonly inputs: readonly ValueId[];
  readonly steps: readonly Step[];
  /** Number of values of the whole graph. */
  readonly valueCount: number;
}

/** The steps of a graph. */
export function blockOf({ inputs, steps, values }: Graph): Block {
  return { inputs: inputs.flatMap(valuesOf), steps, valueCount: values.length };
}

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
  /** Values that a kept run does not hold: they are computed where they are needed. */
  readonly unkept?: ReadonlySet<ValueId>;
}

const NOTHING: ReadonlySet<ValueId> = new Set();

/** Turns the graph into instructions: what is needed and nothing else, freed after its last use (R1). */
export function compile(
  block: Block,
  { patched, wanted, incremental, unkept = NOTHING }: CompileOptions,
): Program {
  const affected = downstream(block, patched);
  const goals = new Set([...wanted, ...patched]);
  const isKept = (step: Step) =>
    incremental &&
    !isTouched(step, affected, patched) &&
    !(unkept.size > 0 && outputsOf(step).some((value) => unkept.has(value)));
  const runs = findNeeded(block, goals, (step) => !isKept(step));

  const slots = new Map<ValueId, Slot>();
  const slotOf = (value: ValueId): Slot => slots.get(value) ?? value;
  const rawOf = (value: ValueId): Slot => (patched.has(value) ? block.valueCount + value : value);
  const instructions: Instruction[] = [];
  const given: { slot: Slot; value: ValueId }[] = [];
  const patch = (value: ValueId, from: Slot): void => {
    instructions.push({ kind: 'patch', value, from, to: value, free: [] });
  };
  const take = (value: ValueId): void => {
    given.push({ slot: rawOf(value), value });
    if (patched.has(value)) patch(value, rawOf(value));
  };
  block.inputs.forEach(take);
  for (const step of block.steps) {
    if (!runs.has(step)) {
      for (const value of incremental ? outputsOf(step) : []) take(value);
      continue;
    }
    if (step.kind === 'alias') {
      if (patched.has(step.to)) patch(step.to, slotOf(step.from));
      else slots.set(step.to, slotOf(step.from));
      continue;
    }
    instructions.push(
      instructionFor(step, slotOf, rawOf, (call) => compileCall(call, block, patched, wanted)),
    );
    const written = step.kind === 'opaque' ? valuesOf(step.output) : outputsOf(step);
    for (const value of written) if (patched.has(value)) patch(value, rawOf(value));
  }
  addFrees(instructions, new Set(wanted.map(slotOf)));
  const kernelCount = instructions.reduce((sum, instruction) => sum + kernelsOf(instruction), 0);
  return { instructions, given, slotOf, kernelCount };
}

type SlotOf = (value: ValueId) => Slot;

/** A step in terms of slots: it reads values as patched, and writes them as they are before their patches. */
function instructionFor(
  step: Exclude<Step, AliasStep>,
  slotOf: SlotOf,
  rawOf: SlotOf,
  compiled: (call: OpaqueCall) => CompiledCall,
): Instruction {
  switch (step.kind) {
    case 'kernel':
      return {
        kind: 'kernel',
        step,
        inputs: mapInputs(step, slotOf),
        outputs: step.outputs.map(rawOf),
        free: [],
      };
    case 'opaque': {
      const inputs = new Map(inputsOf(step).map((value) => [value, slotOf(value)]));
      const outputs = valuesOf(step.output).map(rawOf);
      return { kind: 'opaque', step, inputs, outputs, calls: step.calls.map(compiled), free: [] };
    }
    case 'parameter':
    case 'constant':
      return { kind: 'read', source: step.kind, key: step.key, to: rawOf(step.to), free: [] };
  }
}

function compileCall(
  call: OpaqueCall,
  { valueCount }: Block,
  allPatched: ReadonlySet<ValueId>,
  allWanted: readonly ValueId[],
): CompiledCall {
  const inside = new Set(valuesInside(call));
  const patched = new Set([...allPatched].filter((value) => inside.has(value)));
  const kept = allWanted.filter((value) => inside.has(value));
  const block = { inputs: call.inputs.flatMap(valuesOf), steps: call.steps, valueCount };
  const wanted = [...new Set([...kept, ...valuesOf(call.output)])];
  const program = compile(block, { patched, wanted, incremental: false });
  return { call, program, wanted: kept, isPatched: patched.size > 0 };
}

function kernelsOf(instruction: Instruction): number {
  if (instruction.kind === 'opaque') {
    return instruction.calls.reduce((sum, { program }) => sum + program.kernelCount, 0);
  }
  return instruction.kind === 'kernel' ? 1 : 0;
}

/** Whether patches change what a step reads or, for an opaque module, what happens inside of it. */
function isTouched(step: Step, affected: ReadonlySet<ValueId>, patched: ReadonlySet<ValueId>): boolean {
  if (inputsOf(step).some((value) => affected.has(value))) return true;
  return step.kind === 'opaque' && step.calls.flatMap(valuesInside).some((value) => patched.has(value));
}

/** The values that patches on `patched` can change: these and all that is computed from them. */
export function downstream(block: Pick<Block, 'steps'>, patched: ReadonlySet<ValueId>): Set<ValueId> {
  return new Set([...patched, ...recomputed(block, patched)]);
}

/** The values that are computed from those of `patched`, so that their steps run again. */
export function recomputed({ steps }: Pick<Block, 'steps'>, patched: ReadonlySet<ValueId>): Set<ValueId> {
  const again = new Set<ValueId>();
  const affected = new Set(patched);
  for (const step of steps) {
    if (!isTouched(step, affected, patched)) continue;
    for (const value of outputsOf(step)) {
      again.add(value);
      affected.add(value);
    }
  }
  return again;
}

/** Steps to run so that the goals exist: those that `mustRun` and something needed depends on. */
function findNeeded(block: Block, goals: ReadonlySet<ValueId>, mustRun: (step: Step) => boolean): Set<Step> {
  const needed = new Set(goals);
  const runs = new Set<Step>();
  for (const step of [...block.steps].reverse()) {
    // What a module that runs by itself returns besides tensors is known when it has run.
    const isNeeded = outputsOf(step).some((value) => needed.has(value));
    const returnsScalars = step.kind === 'opaque' && hasScalars(step.output);
    if (!(isNeeded || returnsScalars) || !mustRun(step)) continue;
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
  if (instruction.kind === 'opaque') return [...instruction.inputs.values()];
  return instruction.kind === 'patch' ? [instruction.from] : [];
}

function slotsWritten(instruction: Instruction): Slot[] {
  return instruction.kind === 'kernel' || instruction.kind === 'opaque'
    ? instruction.outputs
    : [instruction.to];
}

function mapInputs(step: KernelStep, slotOf: SlotOf): Record<string, Slot | Slot[]> {
  const entries = Object.entries(step.inputs) as [string, ValueId | readonly ValueId[]][];
  return Object.fromEntries(
    entries.map(([key, input]) => [key, typeof input === 'number' ? slotOf(input) : input.map(slotOf)]),
  );
}
