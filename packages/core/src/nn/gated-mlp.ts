import type { Tensor } from '@tensorflow/tfjs';
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
export class GatedMLP extends Module {
  static override readonly typeName: string = 'GatedMLP';
  static override readonly inputs = ['hiddenStates'];
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;
  readonly act_fn: Activation;

  /** @throws CheckpointError for an activation that is not supported */
  constructor({ hiddenSize, intermediateSize, activation, bias = false }: GatedMLPOptions) {
    super();
    this.gate_proj = new Linear(hiddenSize, intermediateSize, { bias });
    this.up_proj = new Linear(hiddenSize, intermediateSize, { bias });
    this.down_proj = new Linear(intermediateSize, hiddenSize, { bias });
    this.act_fn = activationNamed(activation);
  }

  forward(hiddenStates: Tensor): Tensor {
    const pre = named('pre', this.gate_proj.apply(hiddenStates));
    const linear = named('pre_linear', this.up_proj.apply(hiddenStates));
    return this.down_proj.apply(named('post', this.act_fn.apply(pre).mul(linear)));
  }
}
