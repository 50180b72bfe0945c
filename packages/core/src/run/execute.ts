import * as tf from '@tensorflow/tfjs';
import { DeviceLimitError, StaleTraceError } from '../errors.js';
import type { ValueId } from '../graph/types.js';
import { registerDequantize } from '../kernels/dequantize.js';
import { settling } from '../memory/gpu-errors.js';
import { guardKernels } from '../memory/guard.js';
import type { MaybePromise } from '../memory/maybe-promise.js';
import { TensorScope } from '../memory/scope.js';
import type { Program, Slot } from './compile.js';
import { type Control, drive, pauses } from './drive.js';
import type { Environment } from './environment.js';
import { runOpaque } from './opaque.js';
import { unfused } from './unfused.js';
import { registerWasmKernels } from './wasm-kernels.js';

guardKernels();
registerWasmKernels();
registerDequantize();

/**
 * Runs a program and returns the wanted values as tensors of the caller's. Everything else that it
 * made is freed, also after an exception.
 */
export function execute(program: Program, environment: Environment, wanted: readonly ValueId[]): tf.Tensor[] {
  return tf.tidy(() => {
    const { done, value } = steps(program, environment, wanted).next();
    if (done === true) return value;
    value.catch(() => undefined);
    throw new StaleTraceError(
      'A module that runs by itself returned a promise, which it did not when traced.',
    );
  });
}

/**
 * The same for modules with an asynchronous `forward`, and for long runs: lets others work from time to time.
 * @throws the signal's reason where it aborts, and what the GPU refused; everything is then freed
 */
export async function executeAsync(
  program: Program,
  environment: Environment,
  wanted: readonly ValueId[],
  control: Control,
): Promise<tf.Tensor[]> {
  control.signal?.throwIfAborted();
  const settled = settling();
  const scope = new TensorScope();
  const within: Environment['within'] = (fn) => scope.within(fn);
  const pause = pauses(program.instructions.length, control);
  let kept: tf.Tensor[] = [];
  try {
    const parameter = scope.within(() => parametersNow(program, environment));
    const adopt = (tensor: tf.Tensor) => scope.adopt(tensor);
    const own: Environment = { ...environment, parameter, adopt, within, pause };
    const made = await drive(steps(program, own, wanted), within, control.signal);
    await settled();
    control.signal?.throwIfAborted();
    kept = made;
    return kept;
  } finally {
    scope.dispose(kept);
  }
}

/** The parameters as they are at the start: others may assign to them while the run waits. */
function parametersNow({ instructions }: Program, { parameter }: Environment): Environment['parameter'] {
  const now = new Map<string, tf.Tensor>();
  for (const instruction of instructions) {
    if (instruction.kind !== 'read' || instruction.source !== 'parameter') continue;
    now.set(instruction.key, parameter(instruction.key).clone());
  }
  return (key) => now.get(key) ?? parameter(key);
}

/** Leaves freeing what is not returned to the scope around it, but for what `free` says. Yields what to wait for. */
function* steps(
  program: Program,
  environment: Environment,
  wanted: readonly ValueId[],
): Generator<Promise<unknown>, tf.Tensor[], unknown> {
  const slots = new Map<Slot, tf.Tensor>();
  const made = new Set<tf.Tensor>();
  const write = (slot: Slot, tensor: tf.Tensor): void => {
    made.add(tensor);
    slots.set(slot, tensor);
  };
  const given = new Map(program.given.map(({ slot, value }) => [slot, value]));
  const at = (slot: Slot): tf.Tensor => {
    const known = slots.get(slot);
    if (known !== undefined) return known;
    const tensor = environment.given(given.get(slot) as ValueId);
    slots.set(slot, tensor);
    return tensor;
  };
  for (const instruction of program.instructions) {
    switch (instruction.kind) {
      case 'read':
        slots.set(instruction.to, environment[instruction.source](instruction.key));
        break;
      case 'kernel': {
        const tensors = runKernel(instruction, at, environment);
        instruction.outputs.forEach((slot, index) => {
          write(slot, tensors[index] as tf.Tensor);
        });
        break;
      }
      case 'opaque': {
        const { inputs, outputs } = instruction;
        const read = (value: ValueId) => at(inputs.get(value) as Slot);
        const done = yield* runOpaque(instruction, read, environment, runNested);
        done.outputs.forEach((tensor, i) => {
          write(outputs[i] as Slot, tensor);
        });
        for (const [slot, tensor] of done.kept) write(slot, tensor);
        break;
      }
      case 'patch': {
        const { value, from, to } = instruction;
        write(to, environment.patch(value, at(from)));
      }
    }
    for (const slot of instruction.free) {
      at(slot).dispose();
      slots.delete(slot);
    }
    const pause = environment.pause?.();
    if (pause !== undefined) yield pause;
  }
  const taken = new Set<tf.Tensor>();
  return wanted.map((value) => {
    const tensor = at(program.slotOf(value));
    const own = made.has(tensor) && !taken.has(tensor);
    taken.add(tensor);
    return own ? tensor : tensor.clone();
  });
}

/** Runs a recorded call inside of an opaque module, in the scope of the whole run: what `forward` stashes away lives on in it. */
function runNested(
  program: Program,
  environment: Environment,
  wanted: readonly ValueId[],
): MaybePromise<tf.Tensor[]> {
  return drive(steps(program, environment, wanted), environment.within);
}

type Engine = ReturnType<typeof tf.engine>;
type KernelInstruction = Extract<Program['instructions'][number], { kind: 'kernel' }>;

function runKernel(
  { step, inputs }: KernelInstruction,
  at: (slot: Slot) => tf.Tensor,
  { where }: Environment,
): tf.Tensor[] {
  const entries = Object.entries(inputs).map(
    ([key, slots]) => [key, Array.isArray(slots) ? slots.map(at) : at(slots)] as const,
  );
  // Some kernels (Concat, Pack) take an array of inputs where the others take an object.
  const given = step.inputsAreArray ? entries.map(([, tensor]) => tensor) : Object.fromEntries(entries);
  const attrs = { ...step.attrs } as Parameters<Engine['runKernel']>[2];
  try {
    const output: tf.Tensor | tf.Tensor[] =
      unfused(step.kernel, given as tf.NamedTensorMap, step.attrs) ??
      tf.engine().runKernel(step.kernel, given as tf.NamedTensorMap, attrs);
    return Array.isArray(output) ? output : [output];
  } catch (error) {
    const path = error instanceof DeviceLimitError ? where(step.outputs[0] as ValueId) : null;
    throw path === null ? error : (error as DeviceLimitError).at(`At ${path}`);
  }
}
