import * as tf from '@tensorflow/tfjs';
import { Module } from '../../src/module/module.js';
import { named } from '../../src/module/tensors.js';
import { Linear } from '../../src/nn/linear.js';
import { LayerNorm } from '../../src/nn/norm.js';
import type { Patch } from '../../src/patch/patch.js';
import { AddPatch, CustomPatch, ReplacePatch, ZeroPatch } from '../../src/patch/patches.js';
import { MeanPatch, ProjectPatch, ScalePatch } from '../../src/patch/statistical-patches.js';

/** The network of `oracles/gradients.py`. */
export class GradientNet extends Module {
  static override readonly inputs = ['x'];
  readonly up = new Linear(4, 5);
  readonly norm = new LayerNorm(5, { eps: 0.1 });
  readonly down = new Linear(5, 3);

  forward(x: tf.Tensor): tf.Tensor {
    return this.down.apply(this.norm.apply(named('hidden', this.up.apply(x).tanh())));
  }
}

/** An array in a golden file. */
interface Listed {
  readonly shape: number[];
  readonly values: number[];
}

interface Options {
  readonly factor?: number;
  readonly dims?: number[];
  readonly keep?: boolean;
}

export interface GoldenPatch extends Options {
  readonly path: string;
  readonly kind: keyof typeof BUILDERS;
  readonly slice: string | null;
  readonly value: Listed | null;
  /** Of the loss with respect to the value. */
  readonly gradient: Listed | null;
}

/** The loss of the network with patches, and its gradients: null where it does not depend on the tensor. */
export interface GradientCase {
  readonly name: string;
  readonly patches: GoldenPatch[];
  readonly loss: number;
  readonly input: Listed | null;
  readonly parameters: Record<string, Listed | null>;
}

/** `gradients.json`. */
export interface GradientCases {
  readonly x: Listed;
  readonly parameters: Record<string, Listed>;
  readonly cases: GradientCase[];
}

type Given = { slice?: string; value: tf.Tensor } & Options;

const BUILDERS = {
  zero: (given: Given) => new ZeroPatch(given),
  replace: (given: Given) => new ReplacePatch(given),
  add: (given: Given) => new AddPatch(given),
  scale: ({ factor = 1, ...given }: Given) => new ScalePatch({ ...given, factor }),
  mean: ({ dims = [], ...given }: Given) => new MeanPatch({ ...given, dims }),
  project: (given: Given) => new ProjectPatch({ ...given, direction: given.value as tf.Tensor1D }),
  custom: () => new CustomPatch({ op: (value) => value.square().add(value) }),
};

/** The patch with `value` in place of its golden one. */
export function patchOf({ kind, slice, ...options }: GoldenPatch, value: tf.Tensor): Patch {
  return BUILDERS[kind]({ ...options, ...(slice === null ? {} : { slice }), value });
}

/** A golden array as a tensor; 0 for none. */
export function tensorOf(listed: Listed | null): tf.Tensor {
  return listed === null ? tf.scalar(0) : tf.tensor(listed.values, listed.shape, 'float32');
}

/** How far a gradient is from the golden one, where a missing one stands for zeros. */
export async function gradientError(actual: tf.Tensor | undefined, expected: Listed | null): Promise<number> {
  if (actual === undefined) return expected === null ? 0 : Number.POSITIVE_INFINITY;
  if (expected !== null && !tf.util.arraysEqual(actual.shape, expected.shape))
    return Number.POSITIVE_INFINITY;
  const most = tf.tidy(() => actual.sub(tensorOf(expected)).abs().max());
  const [error = Number.NaN] = await most.data();
  most.dispose();
  return error;
}
