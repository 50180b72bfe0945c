import type { Module } from '../module/module.js';
import { Conv1D, Linear } from '../nn/linear.js';

/** Tensors of a run for each matrix, as large as its result: measured on GPT-2 and Llama. */
const TENSORS = 8;

/**
 * About how many bytes a kept run of a transformer takes for a prompt of so many tokens. A patched run takes up to as much
 * again.
 */
export function activationBytes(model: Module, tokens: number): number {
  let features = 0;
  for (const module of model.namedModules().values()) {
    if (module instanceof Linear) features += module.weight.shape[0] as number;
    if (module instanceof Conv1D) features += module.weight.shape[1] as number;
  }
  return 4 * TENSORS * features * tokens;
}
