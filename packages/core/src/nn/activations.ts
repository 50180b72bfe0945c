import type { Tensor } from '@tensorflow/tfjs';
import { CheckpointError, InputError } from '../errors.js';
import { Module } from '../module/module.js';

/** A function without parameters as a module. */
export abstract class Activation extends Module {
  static override readonly inputs = ['input'];
  /** Same shape as the input. */
  abstract override forward(input: Tensor): Tensor;
}

/** `x Φ(x)` with the error function, or approximated with tanh (arXiv 1606.08415). */
export class GELU extends Activation {
  static override readonly typeName: string = 'GELU';
  /** Plain data, as functions are not saved with a graph. */
  private readonly settings: { readonly approximate: 'none' | 'tanh' };

  constructor({ approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {}) {
    super();
    this.settings = { approximate };
  }

  forward(input: Tensor): Tensor {
    return this.settings.approximate === 'tanh' ? geluTanh(input) : gelu(input);
  }
}

/** `GELU` with `approximate: 'tanh'`, which GPT-2 uses, under the name that transformers has for it. */
export class GELUTanh extends GELU {
  static override readonly typeName: string = 'GELUTanh';
  constructor() {
    super({ approximate: 'tanh' });
  }
}

function gelu(input: Tensor): Tensor {
  return input.mul(input.div(Math.SQRT2).erf().add(1)).mul(0.5);
}

function geluTanh(input: Tensor): Tensor {
  const cube = input.mul(input).mul(input);
  const inner = input.add(cube.mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return input.mul(inner.tanh().add(1)).mul(0.5);
}

/** `x σ(1.702 x)`, a coarse approximation of GELU (arXiv 1606.08415). */
class QuickGELU extends Activation {
  static override readonly typeName: string = 'QuickGELU';
  forward(input: Tensor): Tensor {
    return input.mul(input.mul(1.702).sigmoid());
  }
}

/** `x σ(x)`, also called swish (arXiv 1702.03118). */
export class SiLU extends Activation {
  static override readonly typeName: string = 'SiLU';
  forward(input: Tensor): Tensor {
    return input.mul(input.sigmoid());
  }
}

/** `max(x, 0)`. */
export class ReLU extends Activation {
  static override readonly typeName: string = 'ReLU';
  forward(input: Tensor): Tensor {
    return input.relu();
  }
}

/** `max(x, 0)²` (arXiv 2109.08668). */
class ReLUSquared extends Activation {
  static override readonly typeName: string = 'ReLUSquared';
  forward(input: Tensor): Tensor {
    return input.relu().square();
  }
}

/** `1 / (1 + exp(-x))`. */
export class Sigmoid extends Activation {
  static override readonly typeName: string = 'Sigmoid';
  forward(input: Tensor): Tensor {
    return input.sigmoid();
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Activation {
  static override readonly typeName: string = 'Tanh';
  forward(input: Tensor): Tensor {
    return input.tanh();
  }
}

/** `exp(x)`, scaled so that it sums to 1 along the axis `dim`, which may count from the end. */
export class Softmax extends Activation {
  static override readonly typeName: string = 'Softmax';
  constructor(readonly dim: number) {
    super();
  }

  /** @throws InputError if there is no such axis */
  forward(input: Tensor): Tensor {
    const { rank } = input;
    const { dim } = this;
    if (!(Number.isInteger(dim) && dim >= -rank && dim < rank)) {
      throw new InputError(`Softmax over axis ${dim} got an input of shape [${input.shape.join(', ')}].`);
    }
    const axis = dim < 0 ? dim + rank : dim;
    if (axis === rank - 1) return input.softmax();
    // tfjs has it for the last axis only; the permutation that swaps the two is its own inverse.
    const swapped = input.shape.map((_, each) =>
      each === axis ? rank - 1 : each === rank - 1 ? axis : each,
    );
    return input.transpose(swapped).softmax().transpose(swapped);
  }
}

/** Returns its input: dropout does nothing outside of training. */
export class Dropout extends Module {
  static override readonly typeName: string = 'Dropout';
  static override readonly inputs = ['input'];

  /** `p` is the share of elements that training would drop. */
  constructor(readonly p = 0.5) {
    super();
  }

  /** The input itself. */
  forward(input: Tensor): Tensor {
    return input;
  }
}

/** By the names that configs have for them; some mean the same function, computed in another way. */
const BY_NAME: Readonly<Record<string, new () => Activation>> = {
  gelu: GELU,
  gelu_accurate: GELUTanh,
  gelu_fast: GELUTanh,
  gelu_new: GELUTanh,
  gelu_python: GELU,
  gelu_python_tanh: GELUTanh,
  gelu_pytorch_tanh: GELUTanh,
  quick_gelu: QuickGELU,
  relu: ReLU,
  relu2: ReLUSquared,
  sigmoid: Sigmoid,
  silu: SiLU,
  swish: SiLU,
  tanh: Tanh,
};

/** The activation that a Hugging Face config names. @throws CheckpointError for others */
export function activationNamed(name: string): Activation {
  const Found = classNamed(name);
  if (Found === undefined) throw new CheckpointError(`${unsupportedActivation(name)}.`);
  return new Found();
}

/** Why there is no activation of this name, without a full stop; null if there is one. */
export function unsupportedActivation(name: string): string | null {
  if (classNamed(name) !== undefined) return null;
  return `The activation '${name}' is not supported; ${Object.keys(BY_NAME).join(', ')} are`;
}

function classNamed(name: string): (new () => Activation) | undefined {
  return Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
}
