import * as tf from '@tensorflow/tfjs';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { type Activation, activationNamed } from './activations.js';
import { Linear } from './linear.js';

/** The sizes and settings of a gated feed-forward layer. */
export interface GatedMLPOptions {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** Name of the gate's activation, as configs have it. */
  readonly activation: string;
  readonly bias?: boolean;
}

/**
 * The gated feed-forward layer of Llama and those after it (arXiv 2002.05202). Names the nodes `pre` (the gate before
 * its activation), `pre_linear` (what it gates) and `post` (their product).
 */
abstract class GatedFeedForward extends Module {
  static override readonly inputs = ['hiddenStates'];
  abstract readonly down_proj: Linear;
  readonly act_fn: Activation;

  /** @throws CheckpointError for an activation that is not supported */
  constructor({ activation }: GatedMLPOptions) {
    super();
    this.act_fn = activationNamed(activation);
  }

  /** The gate before its activation and what it gates, `[…, intermediateSize]` each. */
  protected abstract project(hiddenStates: tf.Tensor): [gate: tf.Tensor, linear: tf.Tensor];

  forward(hiddenStates: tf.Tensor): tf.Tensor {
    const [gate, linear] = this.project(hiddenStates);
    const pre = named('pre', gate);
    const gated = named('pre_linear', linear);
    return this.down_proj.apply(named('post', this.act_fn.apply(pre).mul(gated)));
  }
}

/** `GatedFeedForward` with a matrix each for the gate and what it gates. */
export class GatedMLP extends GatedFeedForward {
  static override readonly typeName: string = 'GatedMLP';
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;

  /** @throws CheckpointError for an activation that is not supported */
  constructor(options: GatedMLPOptions) {
    super(options);
    const { hiddenSize, intermediateSize, bias = false } = options;
    this.gate_proj = new Linear(hiddenSize, intermediateSize, { bias });
    this.up_proj = new Linear(hiddenSize, intermediateSize, { bias });
    this.down_proj = new Linear(intermediateSize, hiddenSize, { bias });
  }

  protected project(hiddenStates: tf.Tensor): [gate: tf.Tensor, linear: tf.Tensor] {
    return [this.gate_proj.apply(hiddenStates), this.up_proj.apply(hiddenStates)];
  }
}

/** `GatedFeedForward` with one matrix for the gate and what it gates, as in Phi-3. */
export class FusedGatedMLP extends GatedFeedForward {
  static override readonly typeName: string = 'FusedGatedMLP';
  readonly gate_up_proj: Linear;
  readonly down_proj: Linear;

  /** @throws CheckpointError for an activation that is not supported */
  constructor(options: GatedMLPOptions) {
    super(options);
    const { hiddenSize, intermediateSize, bias = false } = options;
    this.gate_up_proj = new Linear(hiddenSize, 2 * intermediateSize, { bias });
    this.down_proj = new Linear(intermediateSize, hiddenSize, { bias });
  }

  protected project(hiddenStates: tf.Tensor): [gate: tf.Tensor, linear: tf.Tensor] {
    return tf.split(this.gate_up_proj.apply(hiddenStates), 2, -1) as [tf.Tensor, tf.Tensor];
  }
}
