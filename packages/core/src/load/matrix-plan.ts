import * as tf from '@tensorflow/tfjs';
import { DeviceLimitError } from '../errors.js';
import type { Packing } from '../kernels/packing.js';
import { inWords, maxTensorBytes, mebibytes, tensorBytes } from '../memory/limits.js';
import { type Module, tensorsOf, walk } from '../module/module.js';
import { WeightHolder } from '../nn/weight-holder.js';
import { layoutOf, type WeightKind, type WeightLayout } from '../nn/weight-layout.js';

/** How a matrix is to be kept that is not just copied into its variable. */
export interface MatrixPlan {
  /** The variable that the model was built with. */
  readonly variable: tf.Variable;
  /** The layers that hold it: several where weights are tied. */
  readonly holders: readonly WeightHolder[];
  readonly layout: WeightLayout;
  /** How its numbers are rounded; null for not at all. */
  readonly packing: Packing | null;
}

/** What a model's matrices are kept as, and where that is not what was asked for, why. */
export interface WeightReport {
  readonly asked: WeightKind;
  readonly kept: WeightKind;
  readonly notice: string | null;
}

/**
 * What becomes of `kind` on the current backend: only on WebGPU are matrices packed. Elsewhere they are float32 numbers
 * with the values that packing gives them, so that a model computes the same everywhere.
 */
export function weightReport(asked: WeightKind): WeightReport {
  const backend = tf.getBackend();
  if (asked === 'f32' || backend === 'webgpu') return { asked, kept: asked, notice: null };
  const notice =
    `On the ${backend} backend weights are kept as float32: they are rounded as ${asked}, so that results are ` +
    'the same as on WebGPU, but take as much memory as without.';
  return { asked, kept: 'f32', notice };
}

/**
 * Plans the matrices of a model that are to be packed or rounded, or that are too large for one tensor, by the variables
 * that they are now.
 * @throws DeviceLimitError for a weight that is too large and cannot be split
 */
export function planMatrices(model: Module, kind: WeightKind): Map<tf.Variable, MatrixPlan> {
  const plans = new Map<tf.Variable, MatrixPlan>();
  const { kept } = weightReport(kind);
  for (const [variable, places] of placesOf(model)) {
    const holders = asHolders(places);
    const [rows, columns] = variable.shape as [number, number];
    const shape =
      holders === null ? null : { rows, columns, channels: (holders[0] as WeightHolder).channels };
    const layout = shape === null ? null : layoutOf(shape, kept, maxTensorBytes());
    if (layout === undefined || (layout === null && tensorBytes(variable) > maxTensorBytes()))
      throw tooLarge(variable, places);
    if (holders === null || shape === null) continue;
    const packing = kind === 'f32' ? null : { kind, columns, channels: shape.channels };
    if (layout === null && packing === null) continue;
    const whole: WeightLayout = { kind: 'f32', columns, channels: shape.channels, parts: [rows] };
    plans.set(variable, { variable, holders, layout: layout ?? whole, packing });
  }
  return plans;
}

interface Place {
  readonly module: Module;
  readonly name: string;
  readonly key: string;
}

/** Where a model holds each of its variables. */
function placesOf(model: Module): Map<tf.Variable, Place[]> {
  const places = new Map<tf.Variable, Place[]>();
  const seen = new Set<Module>();
  walk(model, '', (path, module) => {
    if (seen.has(module)) return;
    seen.add(module);
    for (const [name, tensor] of tensorsOf(module)) {
      if (!(tensor instanceof tf.Variable)) continue;
      const key = path === '' ? name : `${path}.${name}`;
      places.set(tensor, [...(places.get(tensor) ?? []), { module, name, key }]);
    }
  });
  return places;
}

/** The layers that hold a matrix, or null where something holds it that knows float32 variables only. */
function asHolders(places: readonly Place[]): WeightHolder[] | null {
  const holders = places.map(({ module, name }) =>
    module instanceof WeightHolder && name === 'weight' ? module : null,
  );
  const [first] = holders;
  const isOne = holders.every((holder) => holder !== null && holder.channels === first?.channels);
  return isOne ? (holders as WeightHolder[]) : null;
}

function tooLarge(variable: tf.Variable, places: readonly Place[]): DeviceLimitError {
  const names = places.map(({ key }) => key).join(', ');
  return new DeviceLimitError(
    `The weight ${names} does not fit. ${inWords(variable)} is larger than the ${mebibytes(maxTensorBytes())} that one ` +
      `tensor of the ${tf.getBackend()} backend may have here, and it cannot be split. Use another backend.`,
  );
}
