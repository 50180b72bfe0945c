import * as tf from '@tensorflow/tfjs';
import { StaleTraceError } from '../errors.js';
import { build, isPlainObject, valuesOf } from '../graph/structure.js';
import type { Structure, TensorInfo, ValueId } from '../graph/types.js';
import type { CompiledCall, OpaqueInstruction, Program } from './compile.js';
import type { AnswerCall, Environment } from './environment.js';

/** Runs the programs of recorded calls, in the scope of the whole run: what `forward` stashes away lives on in it. */
type Execute = (program: Program, environment: Environment, wanted: readonly ValueId[]) => tf.Tensor[];

/** Tensors that an opaque module made, all of the caller's. */
export interface OpaqueResult {
  readonly outputs: tf.Tensor[];
  /** Wanted values of recorded calls inside of it. */
  readonly kept: readonly [value: ValueId, tensor: tf.Tensor][];
}

/**
 * Runs an opaque module's own `forward`. Submodules that it calls as when it was traced run as recorded, with
 * their patches; others run as written.
 * @throws StaleTraceError if it returns another structure or shape than when it was traced, or calls a patched
 * submodule in another way
 */
export function executeOpaque(
  { step, calls }: OpaqueInstruction,
  at: (value: ValueId) => tf.Tensor,
  environment: Environment,
  execute: Execute,
): OpaqueResult {
  const kept = new Map<ValueId, tf.Tensor>();
  const waiting = [...calls];
  const answer: AnswerCall = (module, args) => {
    const index = waiting.findIndex(({ call }) => call.module === module);
    const compiled = waiting[index];
    if (compiled === undefined) return null;
    waiting.splice(index, 1);
    return runCall(compiled, args, environment, execute, kept);
  };
  const args = step.inputs.map((input) => build(input, at));
  const parameters = step.parameters.map(({ name, value }) => ({ name, tensor: at(value) }));
  const returned = environment.runModule(step.module, args, parameters, answer);
  const tensors = match(returned, step.output, environment.info);
  if (tensors === null) throw stale('returned another structure or shape');
  if (waiting.some(({ wanted }) => wanted.length > 0)) throw stale('called other submodules');
  return { outputs: tensors.map((tensor) => tensor.clone()), kept: [...kept] };
}

function runCall(
  { call, program, wanted, isPatched }: CompiledCall,
  args: readonly unknown[],
  environment: Environment,
  execute: Execute,
  kept: Map<ValueId, tf.Tensor>,
): { result: unknown } | null {
  const tensors = call.inputs.map((input, position) => match(args[position], input, environment.info));
  if (args.length !== call.inputs.length || tensors.includes(null)) {
    if (!isPatched && wanted.length === 0) return null;
    throw stale('called a submodule with other shapes');
  }
  const values = call.inputs.flatMap(valuesOf);
  const given = new Map(
    tensors.flatMap((each) => each ?? []).map((tensor, i) => [values[i] as ValueId, tensor]),
  );
  const outputs = valuesOf(call.output);
  const goals = [...wanted, ...outputs];
  const made = execute(program, { ...environment, given: (value) => given.get(value) as tf.Tensor }, goals);
  wanted.forEach((value, i) => {
    kept.set(value, made[i] as tf.Tensor);
  });
  const results = made.slice(wanted.length);
  return { result: build(call.output, (value) => results[outputs.indexOf(value)]) };
}

function stale(what: string): StaleTraceError {
  return new StaleTraceError(`A module that runs by itself ${what} than when it was traced.`);
}

/** The tensors of a value in the order of `structure`, or null if the value is not made as that says. */
function match(value: unknown, structure: Structure, info: (id: ValueId) => TensorInfo): tf.Tensor[] | null {
  switch (structure.kind) {
    case 'tensor': {
      if (!(value instanceof tf.Tensor)) return null;
      const { shape, dtype } = info(structure.value);
      return value.dtype === dtype && tf.util.arraysEqual(value.shape, [...shape]) ? [value] : null;
    }
    case 'array':
      return Array.isArray(value) && value.length === structure.items.length
        ? matchAll(value, structure.items, info)
        : null;
    case 'object': {
      const keys = Object.keys(structure.entries);
      if (!isPlainObject(value) || Object.keys(value).join() !== keys.join()) return null;
      return matchAll(Object.values(value), Object.values(structure.entries), info);
    }
    case 'scalar':
      return Object.is(value, structure.scalar) ? [] : null;
  }
}

function matchAll(
  values: readonly unknown[],
  structures: readonly Structure[],
  info: (id: ValueId) => TensorInfo,
): tf.Tensor[] | null {
  const all: tf.Tensor[] = [];
  for (const [i, structure] of structures.entries()) {
    const tensors = match(values[i], structure, info);
    if (tensors === null) return null;
    all.push(...tensors);
  }
  return all;
}
