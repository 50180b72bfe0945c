import * as tf from '@tensorflow/tfjs';
import { ModuleList, Sequential } from '../../src/module/containers.js';
import { Module } from '../../src/module/module.js';
import { buffer, named } from '../../src/module/tensors.js';
import { Dropout, GELUTanh } from '../../src/nn/activations.js';
import { Linear } from '../../src/nn/linear.js';
import { LayerNorm } from '../../src/nn/norm.js';

/** Numbers in [0, 1), the same for the same seed (a linear congruential generator). */
export function randomNumbers(seed: number): () => number {
  let state = (seed * 7919) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A module tree with random submodules, some of them shared, and a random `forward` over matrices:
 * repeated calls, modules that return their input, children's parameters, multi-output ops.
 */
export class RandomModel extends Module {
  static readonly width = 3;
  static override readonly inputs = ['x', 'y'];
  readonly children: ModuleList<Module>;
  readonly scale = buffer(tf.tensor1d([0.5, -1, 1.5]));
  private readonly program: readonly number[];

  constructor(random: () => number, depth: number, shared: Module[] = []) {
    super();
    const count = 1 + Math.floor(random() * 3);
    this.children = new ModuleList(Array.from({ length: count }, () => randomChild(random, depth, shared)));
    const length = 3 + Math.floor(random() * 5);
    this.program = Array.from({ length }, () => Math.floor(random() * 1e6));
  }

  forward(x: tf.Tensor, y: tf.Tensor): { z: tf.Tensor; others: tf.Tensor[] } {
    const stack = [x, y];
    for (const code of this.program) stack.push(...this.step(code, stack));
    const z = stack.at(-1) as tf.Tensor;
    return { z, others: [z, stack[2] as tf.Tensor] };
  }

  private step(code: number, stack: readonly tf.Tensor[]): tf.Tensor[] {
    const a = stack[(code >> 4) % stack.length] as tf.Tensor;
    const b = stack[(code >> 8) % stack.length] as tf.Tensor;
    switch (code % 10) {
      case 0:
        return [a.add(b.slice([0], [1])).tanh()];
      case 1: {
        const [left, right] = tf.split(a, [1, 2], 1) as [tf.Tensor, tf.Tensor];
        return [tf.concat([right, left], 1)];
      }
      case 2:
        return [tf.unstack(tf.stack([a, a.neg()]))[code % 2] as tf.Tensor];
      case 3:
        return [named('mark', a)];
      case 4:
        return [tf.tidy(() => a.square().sub(a.mul(this.scale)).tanh())];
      case 5: {
        const linear = [...this.children].find((child) => child instanceof Linear);
        const weight = linear?.weight as tf.Tensor2D | undefined;
        return [weight === undefined ? a : tf.matMul(a as tf.Tensor2D, weight).tanh()];
      }
      default: {
        const child = this.children[(code >> 3) % [...this.children].length] as Module;
        const result = child.apply(...([a, b] as never[])) as tf.Tensor | ReturnType<RandomModel['forward']>;
        return result instanceof tf.Tensor ? [result] : [result.z, ...result.others];
      }
    }
  }
}

function randomChild(random: () => number, depth: number, shared: Module[]): Module {
  const choice = random();
  const known = shared[Math.floor(random() * shared.length)];
  if (known !== undefined && choice < 0.25) return known;
  const made = newChild(choice, random, depth, shared);
  shared.push(made);
  return made;
}

function newChild(choice: number, random: () => number, depth: number, shared: Module[]): Module {
  const { width } = RandomModel;
  if (choice < 0.4 || depth === 0) return new Linear(width, width);
  if (choice < 0.5) return new LayerNorm(width);
  if (choice < 0.55) return new Dropout();
  if (choice < 0.65) return new Sequential(new Linear(width, width), new GELUTanh(), new Dropout());
  return new RandomModel(random, depth - 1, shared);
}
