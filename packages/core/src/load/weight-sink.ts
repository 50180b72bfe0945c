import type * as tf from '@tensorflow/tfjs';
import type { Module } from '../module/module.js';
import type { WeightKind } from '../nn/weight-layout.js';
import { checkWeights } from './check-weights.js';
import { type MatrixPlan, planMatrices } from './matrix-plan.js';
import { MatrixWriter } from './matrix-writer.js';
import type { StoredTensor } from './safetensors.js';
import { beginTensor } from './tensor-writer.js';
import type { WeightWriter } from './weight-writer.js';

/** Puts a checkpoint's weights into a model, one after the other. The model owns them. */
export class WeightSink {
  private readonly own: ReadonlyMap<string, tf.Variable>;
  private readonly matrices: ReadonlyMap<tf.Variable, MatrixPlan>;

  /** @throws DeviceLimitError for a weight of the model that is too large for the current backend */
  constructor(
    private readonly model: Module,
    readonly kind: WeightKind = 'f32',
  ) {
    this.own = model.stateDict();
    this.matrices = planMatrices(model, kind);
  }

  /** @throws StateDictError for names and shapes that are not the model's */
  check(shapes: ReadonlyMap<string, readonly number[]>): void {
    checkWeights(this.model, shapes);
  }

  /** Begins a weight that has passed `check`. */
  begin(name: string): WeightWriter {
    const variable = this.own.get(name) as tf.Variable;
    const plan = this.matrices.get(variable);
    if (plan !== undefined) return new MatrixWriter(name, plan);
    const writer = beginTensor(variable.shape, 'float32');
    let isOpen = true;
    return {
      write: (part) => writer.write(part),
      end() {
        isOpen = false;
        const tensor = writer.end();
        variable.assign(tensor as tf.Tensor<tf.Rank>);
        tensor.dispose();
      },
      abort() {
        if (isOpen) writer.abort();
        isOpen = false;
      },
    };
  }

  /** One whole weight that has passed `check`. */
  put(name: string, { values }: StoredTensor): void {
    const writer = this.begin(name);
    writer.write(values as Float32Array);
    writer.end();
  }
}
