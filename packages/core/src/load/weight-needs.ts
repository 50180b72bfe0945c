import type * as tf from '@tensorflow/tfjs';
import { DeviceLimitError } from '../errors.js';
import { fitsDevice } from '../memory/fits-device.js';
import type { Module } from '../module/module.js';
import { Conv1D } from '../nn/linear.js';
import { heldTensors, type WeightKind } from '../nn/weight-layout.js';
import { activationBytes } from './activation-bytes.js';
import { type MatrixPlan, planMatrices, weightReport } from './matrix-plan.js';

/** What a model's weights take on the current backend. */
export interface WeightNeeds {
  /** Bytes of all weights. */
  bytes: number;
  /** The largest tensor of them. */
  largest: { name: string; bytes: number };
  /** What is to be known about this kind on the current backend, or null. */
  notice: string | null;
  /** Why the backend cannot hold them, or null if it can. */
  refusal: string | null;
}

/** Tokens of a prompt that there is to be room for besides the weights. */
const PROMPT = 32;

/** Bytes of a float32, and of the words that numbers are packed in. */
const WORD = 4;

/** What a model whose weights are yet to be put in will take if they are kept as `kind`. */
export function weightNeeds(model: Module, kind: WeightKind): WeightNeeds {
  const { notice } = weightReport(kind);
  const { plans, refusal } = matrixPlans(model, kind);
  const names = new Map<tf.Variable, string>();
  for (const [name, variable] of model.stateDict()) if (!names.has(variable)) names.set(variable, name);
  const tensors = [...names].flatMap(([variable, name]) =>
    tensorsOf(variable, plans.get(variable)).map((bytes) => ({ name, bytes })),
  );
  const largest = tensors.reduce((most, each) => (each.bytes > most.bytes ? each : most), {
    name: '',
    bytes: 0,
  });
  const bytes = tensors.reduce((sum, each) => sum + each.bytes, 0);
  const verdict = fitsDevice({
    bytes,
    largest,
    packed: packedBytes(model),
    activations: activationBytes(model, PROMPT),
  });
  const lacksRoom = verdict.fits ? null : `${verdict.reason} ${verdict.advice}`;
  return { bytes, largest, notice, refusal: refusal ?? lacksRoom };
}

/** Bytes of the weights `[in, out]`. */
function packedBytes(model: Module): number {
  const layers = [...model.namedModules().values()].filter((module) => module instanceof Conv1D);
  return layers.reduce((sum, { weight }) => sum + weight.size * WORD, 0);
}

function matrixPlans(
  model: Module,
  kind: WeightKind,
): { plans: ReadonlyMap<tf.Variable, MatrixPlan>; refusal: string | null } {
  try {
    return { plans: planMatrices(model, kind), refusal: null };
  } catch (error) {
    if (!(error instanceof DeviceLimitError)) throw error;
    return { plans: new Map(), refusal: error.message };
  }
}

/** Bytes of each tensor that a weight becomes. */
function tensorsOf({ size }: tf.Variable, plan: MatrixPlan | undefined): number[] {
  if (plan === undefined) return [size * WORD];
  return plan.layout.parts.flatMap((_, part) =>
    heldTensors(plan.layout, part).map(({ shape }) => shape.reduce((product, each) => product * each, WORD)),
  );
}
