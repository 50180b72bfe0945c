import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { dequantize } from '../kernels/dequantize.js';
import { Module } from '../module/module.js';
import { named } from '../module/tensors.js';
import { heldTensors, packedName, partName, scaleName, type WeightLayout } from './weight-layout.js';

/**
 * A layer with a matrix `weight`, one float32 variable as a rule. A checkpoint may also have been loaded into it in
 * another layout: packed as int32 words, or in parts where it is too large for one tensor. Then the variables of that
 * layout take the place of `weight`, and the layer computes with float32 rows that are unpacked for each use.
 */
export abstract class WeightHolder extends Module {
  /** `[rows, columns]`. Reading it throws an InputError where the matrix is held in another layout. */
  abstract readonly weight: tf.Variable;
  /** Left out where the matrix is the variable `weight`. */
  declare readonly layout?: WeightLayout;

  /** Which way the output channels of the matrix lie. @internal */
  abstract get channels(): WeightLayout['channels'];

  /**
   * Holds the matrix in another layout from now on. `tensors` are its variables by property name; they may be shared
   * with other layers.
   * @returns the variables that it held before, which are left to the caller
   * @internal
   */
  hold(layout: WeightLayout, tensors: ReadonlyMap<string, tf.Variable>): tf.Variable[] {
    const before =
      this.layout === undefined
        ? [this.weight]
        : namesOf(this.layout).map((name) => this.held(name) as tf.Variable);
    Object.defineProperty(this, 'weight', {
      configurable: true,
      enumerable: false,
      get: () => this.refuse(),
    });
    Object.assign(this, { layout }, Object.fromEntries(tensors));
    return before;
  }

  /** `x` `[n, …]` times the matrix, so that the output channels are the columns; null where `weight` is to be used. */
  protected heldProduct(x: tf.Tensor2D): tf.Tensor2D | null {
    const { layout } = this;
    if (layout === undefined) return null;
    const isTransposed = layout.channels === 'rows';
    const products = layout.parts.map((_, part) =>
      // What is unpacked is as large as it would be in float32, so it goes at once.
      tf.tidy(() => tf.matMul(x, this.part(layout, part) as tf.Tensor2D, false, isTransposed)),
    ) as tf.Tensor2D[];
    if (products.length === 1) return products[0] as tf.Tensor2D;
    const pieces = products.map((product, part) => named(`matMul_${part}`, product));
    return named('matMul', tf.concat(pieces, 1));
  }

  /** The rows that int32 `ids` `[…]` name, `[…, columns]`; null where `weight` is to be used. */
  protected heldRows(ids: tf.Tensor): tf.Tensor | null {
    const { layout } = this;
    if (layout === undefined) return null;
    const { parts } = layout;
    if (parts.length === 1) return named('gather', this.rowsOf(layout, 0, ids));
    const total = parts.reduce((sum, rows) => sum + rows, 0);
    // Each part takes only what it has, so this is where an id that no part has is noticed.
    const checked = tf.gather(tf.range(0, total, 1, 'int32'), ids);
    let rows: tf.Tensor | null = null;
    let first = 0;
    for (const [part, count] of parts.entries()) {
      const own = checked.sub(tf.scalar(first, 'int32'));
      const inside = tf.minimum(tf.maximum(own, tf.scalar(0, 'int32')), tf.scalar(count - 1, 'int32'));
      const picked = this.rowsOf(layout, part, inside);
      rows =
        rows === null
          ? picked
          : tf.where(own.greaterEqual(tf.scalar(0, 'int32')).expandDims(-1), picked, rows);
      first += count;
    }
    return named('gather', rows as tf.Tensor);
  }

  /** A part as float32: a node at the path that the variable would have. */
  private part(layout: WeightLayout, part: number): tf.Tensor {
    const name = partName(layout, part);
    return layout.kind === 'f32' ? this.held(name) : named(name, dequantize(this.packed(layout, name)));
  }

  private rowsOf(layout: WeightLayout, part: number, ids: tf.Tensor): tf.Tensor {
    const name = partName(layout, part);
    return layout.kind === 'f32'
      ? tf.gather(this.held(name), ids)
      : dequantize(this.packed(layout, name), ids);
  }

  private packed({ kind, columns }: WeightLayout, part: string) {
    const scale = kind === 'int8' ? this.held(scaleName(part)) : null;
    return { packed: this.held(packedName(part)), scale, columns };
  }

  private held(name: string): tf.Tensor {
    return Reflect.get(this, name) as tf.Tensor;
  }

  private refuse(): never {
    const layout = this.layout as WeightLayout;
    throw new InputError(
      `This ${this.typeName} has no variable 'weight': its matrix was loaded as ${layout.kind}, into ${namesOf(layout).join(', ')}.`,
    );
  }
}

function namesOf(layout: WeightLayout): string[] {
  return layout.parts.flatMap((_, part) => heldTensors(layout, part)).map(({ name }) => name);
}
