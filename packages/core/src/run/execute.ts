import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import type { TensorInfo, ValueId } from '../graph/types.js';
import type { Patch } from '../patch/patch.js';
import type { Program, Slot } from './compile.js';
import type { Environment } from './environment.js';
import { executeOpaque } from './opaque.js';
import { registerWasmKernels } from './wasm-kernels.js';

registerWasmKernels();

/**
 * Runs a program and returns the wanted values as tensors of the caller's. Everything else that it
 * made is freed, also after an exception.
 */
export function execute(program: Program, environment: Environment, wanted: readonly ValueId[]): tf.Tensor[] {
  return tf.tidy(() => runProgram(program, environment, wanted));
}

/** Leaves freeing what is not returned to the scope around it, but for what `free` says. */
function runProgram(program: Program, environment: Environment, wanted: readonly ValueId[]): tf.Tensor[] {
  const slots = new Map<Slot, tf.Tensor>();
  const made = new Set<tf.Tensor>();
  for (const { slot, value } of program.given) slots.set(slot, environment.given(value));
  const at = (slot: Slot): tf.Tensor => slots.get(slot) as tf.Tensor;
  for (const instruction of program.instructions) {
    switch (instruction.kind) {
      case 'read':
        slots.set(instruction.to, environment[instruction.source](instruction.key));
        break;
      case 'kernel': {
        const tensors = runKernel(instruction, at);
        instruction.outputs.forEach((slot, index) => {
          const tensor = tensors[index] as tf.Tensor;
          made.add(tensor);
          slots.set(slot, tensor);
        });
        break;
      }
      case 'opaque': {
        const { inputs, outputs } = instruction;
        const done = executeOpaque(
          instruction,
          (value) => at(inputs.get(value) as Slot),
          environment,
          runProgram,
        );
        const written = [
          ...done.outputs.map((tensor, i) => [outputs[i] as Slot, tensor] as const),
          ...done.kept,
        ];
        for (const [slot, tensor] of written) {
          made.add(tensor);
          slots.set(slot, tensor);
        }
        break;
      }
      case 'patch': {
        const { value, from, to } = instruction;
        const tensor = applyPatches(environment.patches.get(value) ?? [], at(from), environment.info(value));
        made.add(tensor);
        slots.set(to, tensor);
      }
    }
    for (const slot of instruction.free) {
      at(slot).dispose();
      slots.delete(slot);
    }
  }
  const taken = new Set<tf.Tensor>();
  return wanted.map((value) => {
    const tensor = at(program.slotOf(value));
    const own = made.has(tensor) && !taken.has(tensor);
    taken.add(tensor);
    return own ? tensor : tensor.clone();
  });
}

type Engine = ReturnType<typeof tf.engine>;
type KernelInstruction = Extract<Program['instructions'][number], { kind: 'kernel' }>;

function runKernel({ step, inputs }: KernelInstruction, at: (slot: Slot) => tf.Tensor): tf.Tensor[] {
  const entries = Object.entries(inputs).map(
    ([key, slots]) => [key, Array.isArray(slots) ? slots.map(at) : at(slots)] as const,
  );
  // Some kernels (Concat, Pack) take an array of inputs where the others take an object.
  const given = step.inputsAreArray ? entries.map(([, tensor]) => tensor) : Object.fromEntries(entries);
  const attrs = { ...step.attrs } as Parameters<Engine['runKernel']>[2];
  const output: tf.Tensor | tf.Tensor[] = tf
    .engine()
    .runKernel(step.kernel, given as tf.NamedTensorMap, attrs);
  return Array.isArray(output) ? output : [output];
}

/** The patched value as a tensor of the run's own, whatever the patches returned. */
function applyPatches(patches: readonly Patch[], value: tf.Tensor, info: TensorInfo): tf.Tensor {
  return tf.tidy(() =>
    patches.reduce((current, patch) => check(patch, patch.op(current), info), value).clone(),
  );
}

function check(patch: Patch, result: tf.Tensor, { shape, dtype }: TensorInfo): tf.Tensor {
  const name = patch.constructor.name;
  if (!(result instanceof tf.Tensor))
    throw new PatchError(`${name}.op returned ${typeof result}, not a tensor.`);
  if (!tf.util.arraysEqual(result.shape, [...shape]) || result.dtype !== dtype) {
    throw new PatchError(
      `${name}.op returned ${result.dtype} [${result.shape.join(', ')}] where ${dtype} [${shape.join(', ')}] is needed.`,
    );
  }
  return result;
}
