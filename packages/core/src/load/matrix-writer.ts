import * as tf from '@tensorflow/tfjs';
import { CheckpointError } from '../errors.js';
import { packRows, unpackRows } from '../kernels/packing.js';
import { buffer, parameter } from '../module/tensors.js';
import { heldTensors } from '../nn/weight-layout.js';
import type { MatrixPlan } from './matrix-plan.js';
import { beginTensor, type TensorWriter } from './tensor-writer.js';
import type { WeightWriter } from './weight-writer.js';

/** About how many numbers are packed at a time. */
const BLOCK = 2 ** 18;

/** A tensor of a part that is being written. */
interface OpenTensor {
  readonly name: string;
  readonly writer: TensorWriter;
}

/**
 * Takes a matrix that is kept as its plan says. Rows are packed as they come and go straight to the backend; only where
 * channels are columns, all rows must be there first.
 */
export class MatrixWriter implements WeightWriter {
  /** Tensors that are complete, by the properties that they will be. */
  private readonly made = new Map<string, tf.Tensor>();
  private open: OpenTensor[] = [];
  private part = -1;
  /** Rows of the part that are still to come, those in the block included. */
  private rowsLeft = 0;
  private block = new Float32Array(0);
  private filled = 0;

  constructor(
    private readonly name: string,
    private readonly plan: MatrixPlan,
  ) {}

  /** @throws CheckpointError for numbers that the kind of the weight cannot hold, BackendError */
  write(values: Float32Array): void {
    for (let at = 0; at < values.length; ) {
      if (this.filled === this.block.length) this.beginBlock();
      const count = Math.min(values.length - at, this.block.length - this.filled);
      this.block.set(values.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
      if (this.filled === this.block.length) this.storeBlock();
    }
  }

  end(): void {
    this.endPart();
    const { variable, holders, layout } = this.plan;
    const [first] = this.made.values();
    if (layout.kind === 'f32' && layout.parts.length === 1) {
      variable.assign(first as tf.Tensor);
      first?.dispose();
    } else {
      const asVariable = layout.kind === 'f32' ? parameter : buffer;
      const held = new Map([...this.made].map(([name, tensor]) => [name, asVariable(tensor)]));
      // A checkpoint may have tied weights twice: then these are not the first.
      tf.dispose(holders.flatMap((holder) => holder.hold(layout, held)));
    }
    this.made.clear();
  }

  abort(): void {
    for (const { writer } of this.open) writer.abort();
    tf.dispose([...this.made.values()]);
    this.open = [];
    this.made.clear();
  }

  private beginBlock(): void {
    const { columns, channels } = this.plan.layout;
    if (this.rowsLeft === 0) this.beginPart();
    const rows = channels === 'columns' ? this.rowsLeft : Math.max(1, Math.floor(BLOCK / columns));
    this.filled = 0;
    this.block = new Float32Array(Math.min(rows, this.rowsLeft) * columns);
  }

  private storeBlock(): void {
    const [numbers, scales] = this.open.map(({ writer }) => writer);
    this.rowsLeft -= this.block.length / this.plan.layout.columns;
    const { values, scale } = this.converted();
    numbers?.write(values);
    if (scale !== null) scales?.write(scale);
  }

  /** The block as it goes to the backend. */
  private converted(): { values: Float32Array | Int32Array; scale: Float32Array | null } {
    const { layout, packing } = this.plan;
    if (packing === null) return { values: this.block, scale: null };
    try {
      const packed = packRows(this.block, packing);
      if (layout.kind === 'f32') return { values: unpackRows(packed, packing), scale: null };
      return { values: packed.words, scale: packed.scale };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new CheckpointError(
        `The weight '${this.name}' cannot be kept as ${packing.kind}: ${error.message}. Use weights: 'f32'.`,
      );
    }
  }

  private beginPart(): void {
    this.endPart();
    this.part += 1;
    const { layout } = this.plan;
    this.rowsLeft = layout.parts[this.part] as number;
    this.open = heldTensors(layout, this.part).map(({ name, shape, dtype }) => ({
      name,
      writer: beginTensor(shape, dtype),
    }));
  }

  private endPart(): void {
    for (const { name, writer } of this.open) this.made.set(name, writer.end());
    this.open = [];
  }
}
