import * as tf from '@tensorflow/tfjs';
import { StaleTraceError } from '../errors.js';
import { build, isPlainObject, isScalar, valuesOf } from '../graph/structure.js';
import type { Scalar, ScalarStructure, Structure, TensorInfo, ValueId } from '../graph/types.js';
import { isPromise, type MaybePromise, quiet } from '../memory/maybe-promise.js';
import { tensorsIn, tensorsSince } from '../memory/tensors-in.js';
import type { CompiledCall, OpaqueInstruction, Program } from './compile.js';
import type { AnswerCall, Environment, Properties } from './environment.js';

/** Runs the program of a recorded call. */
type RunNested = (
  program: Program,
  environment: Environment,
  wanted: readonly ValueId[],
) => MaybePromise<tf.Tensor[]>;

/** Tensors that an opaque module made, all of the caller's. */
export interface OpaqueResult {
  readonly outputs: tf.Tensor[];
  /** Wanted values of recorded calls inside of it. */
  readonly kept: readonly [value: ValueId, tensor: tf.Tensor][];
}

/**
 * Runs an opaque module's own `forward`, and waits for it where it returns a promise. Submodules that it calls
 * as when it was traced run as recorded, with their patches; others run as written.
 * @throws StaleTraceError if it returns another structure or shape than when it was traced, or calls a patched
 * submodule in another way
 */
export function* runOpaque(
  { step, calls }: OpaqueInstruction,
  at: (value: ValueId) => tf.Tensor,
  environment: Environment,
  runNested: RunNested,
): Generator<Promise<unknown>, OpaqueResult, unknown> {
  const kept = new Map<ValueId, tf.Tensor>();
  const waiting = [...calls];
  const answer: AnswerCall = (module, args) => {
    const index = waiting.findIndex(({ call }) => call.module === module);
    const compiled = waiting[index];
    if (compiled === undefined) return null;
    waiting.splice(index, 1);
    return environment.within(() => runCall(compiled, args, environment, runNested, kept));
  };
  const isNew = tensorsSince();
  const args = step.inputs.map((input) => build(input, at));
  const properties: Properties = [
    ...step.parameters.map(({ name, value }) => [name, at(value)] as const),
    ...step.attributes.map(({ name, scalar }) => [name, scalar] as const),
  ];
  const started = environment.runModule(step.module, args, properties, answer);
  const returned = isPromise(started) ? yield started : started;
  if (isPromise(started))
    for (const tensor of tensorsIn(returned)) if (isNew(tensor)) environment.adopt?.(tensor);
  const tensors = match(returned, step.output, environment.info, (scalar, { id, isPatched }) => {
    if (!isPatched) environment.scalars.set(id, scalar);
    return true;
  });
  if (tensors === null) throw stale('returned another structure or shape');
  if (waiting.some(({ wanted, isPatched }) => wanted.length > 0 || isPatched))
    throw stale('called other submodules');
  return { outputs: tensors.map((tensor) => tensor.clone()), kept: [...kept] };
}

function runCall(
  { call, program, wanted, isPatched }: CompiledCall,
  args: readonly unknown[],
  environment: Environment,
  runNested: RunNested,
  kept: Map<ValueId, tf.Tensor>,
): { result: unknown } | null {
  const isSame: MatchScalar = (scalar, expected) => expected.isPatched || Object.is(scalar, expected.scalar);
  const tensors = call.inputs.map((input, position) =>
    match(args[position], input, environment.info, isSame),
  );
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
  const inside: Environment = {
    ...environment,
    given: (value) => given.get(value) as tf.Tensor,
    // The `forward` around it may be one that cannot wait.
    pause: () => undefined,
  };
  const take = (made: tf.Tensor[]): unknown => {
    wanted.forEach((value, i) => {
      kept.set(value, made[i] as tf.Tensor);
    });
    const results = made.slice(wanted.length);
    return build(
      call.output,
      (value) => results[outputs.indexOf(value)],
      ({ id, scalar }) => (environment.scalars.has(id) ? environment.scalars.get(id) : scalar),
    );
  };
  const made = runNested(program, inside, goals);
  return { result: isPromise(made) ? quiet((made as Promise<tf.Tensor[]>).then(take)) : take(made) };
}

function stale(what: string): StaleTraceError {
  return new StaleTraceError(`A module that runs by itself ${what} than when it was traced.`);
}

/** Whether a number, boolean or string may stand where a structure has another one. */
type MatchScalar = (scalar: Scalar, expected: ScalarStructure) => boolean;

/** The tensors of a value in the order of `structure`, or null if the value is not made as that says. */
function match(
  value: unknown,
  structure: Structure,
  info: (id: ValueId) => TensorInfo,
  accepts: MatchScalar,
): tf.Tensor[] | null {
  switch (structure.kind) {
    case 'tensor': {
      if (!(value instanceof tf.Tensor)) return null;
      const { shape, dtype } = info(structure.value);
      return value.dtype === dtype && tf.util.arraysEqual(value.shape, [...shape]) ? [value] : null;
    }
    case 'array':
      return Array.isArray(value) && value.length === structure.items.length
        ? matchAll(value, structure.items, info, accepts)
        : null;
    case 'object': {
      const keys = Object.keys(structure.entries);
      if (!isPlainObject(value) || Object.keys(value).join() !== keys.join()) return null;
      return matchAll(Object.values(value), Object.values(structure.entries), info, accepts);
    }
    case 'scalar':
      return isScalar(value) && accepts(value, structure) ? [] : null;
  }
}

function matchAll(
  values: readonly unknown[],
  structures: readonly Structure[],
  info: (id: ValueId) => TensorInfo,
  accepts: MatchScalar,
): tf.Tensor[] | null {
  const all: tf.Tensor[] = [];
  for (const [i, structure] of structures.entries()) {
    const tensors = match(values[i], structure, info, accepts);
    if (tensors === null) return null;
    all.push(...tensors);
  }
  return all;
}
