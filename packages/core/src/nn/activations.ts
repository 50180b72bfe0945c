import type { Tensor } from '@tensorflow/tfjs';
import { CheckpointError } from '../errors.js';
import { Module } from '../module/module.js';

/** An elementwise function as a module. */
export abstract class Activation extends Module {
  static override readonly inputs = ['input'];
  /** Same shape as the input. */
  abstract override forward(input: Tensor): Tensor;
}

/** `x Φ(x)` with the error function (arXiv 1606.08415). */
export class GELU extends Activation {
  forward(input: Tensor): Tensor {
    return input.mul(input.div(Math.SQRT2).erf().add(1)).mul(0.5);
  }
}

/** The tanh approximation of GELU, which GPT-2 uses (arXiv 1606.08415, section 2). */
export class GELUTanh extends Activation {
  forward(input: Tensor): Tensor {
    const cube = input.mul(input).mul(input);
    const inner = input.add(cube.mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
    return input.mul(inner.tanh().add(1)).mul(0.5);
  }
}

/** `x σ(x)`, also called swish (arXiv 1702.03118). */
export class SiLU extends Activation {
  forward(input: Tensor): Tensor {
    return input.mul(input.sigmoid());
  }
}

/** `max(x, 0)`. */
export class ReLU extends Activation {
  forward(input: Tensor): Tensor {
    return input.relu();
  }
}

/** Returns its input: dropout does nothing outside of training. */
export class Dropout extends Module {
  static override readonly inputs = ['input'];
  /** The input itself. */
  forward(input: Tensor): Tensor {
    return input;
  }
}

const BY_NAME: Readonly<Record<string, new () => Activation>> = {
  gelu: GELU,
  gelu_new: GELUTanh,
  gelu_pytorch_tanh: GELUTanh,
  relu: ReLU,
  silu: SiLU,
  swish: SiLU,
};

/** The activation that a Hugging Face config names. @throws CheckpointError for others */
export function activationNamed(name: string): Activation {
  const Found = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (Found === undefined) {
    throw new CheckpointError(
      `The activation '${name}' is not supported; ${Object.keys(BY_NAME).join(', ')} are.`,
    );
  }
  return new Found();
}
