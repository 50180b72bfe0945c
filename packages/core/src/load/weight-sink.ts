import type * as tf from '@tensorflow/tfjs';
import type { Module } from '../module/module.js';
import type { WeightKind } from '../nn/weight-layout.js';
import { type MatrixPlan, planMatrices } from './matrix-plan.js';
import { MatrixWriter } from './matrix-writer.js';
import type { StoredTensor } from './safetensors.js';
import { beginTensor } from './tensor-writer.js';
import type { WeightWriter } from './weight-writer.js';

/** Puts a checkpoint's weights into a model, one after the other. The model owns them. */
export class WeightSink {
  private readonly own: ReadonlyMap<string, tf.Variable>;
  private readonly matrices: ReadonlyMap<tf.Variable, MatrixPlan>;
  /** What is being written. */
  private readonly open = new Set<tf.Variable>();

  /** @throws DeviceLimitError for a weight of the model that is too large for the current backend */
  constructor(model: Module, kind: WeightKind = 'f32') {
    this.own = model.stateDict();
    this.matrices = planMatrices(model, kind);
  }

  /** Begins a weight that has passed `checkWeights`. While it is being written by another of its names, nothing comes of it. */
  begin(name: string): WeightWriter {
    const variable = this.own.get(name) as tf.Variable;
    if (this.open.has(variable)) return { write() {}, end() {}, abort() {} };
    const plan = this.matrices.get(variable);
    const writer = plan === undefined ? variableWriter(variable) : new MatrixWriter(name, plan);
    this.open.add(variable);
    return {
      write: (part) => writer.write(part),
      end: () => {
        this.open.delete(variable);
        writer.end();
      },
      abort: () => {
        this.open.delete(variable);
        writer.abort();
      },
    };
  }

  /** One whole weight that has passed `checkWeights`. */
  put(name: string, { values }: StoredTensor): void {
    const writer = this.begin(name);
    writer.write(values as Float32Array);
    writer.end();
  }
}

function variableWriter(variable: tf.Variable): WeightWriter {
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
