import * as tf from '@tensorflow/tfjs';
import { GraphFileError } from '../errors.js';
import { METADATA } from '../load/safetensors-header.js';
import type { WrittenTensor } from '../load/write-safetensors.js';
import type { TensorRow } from './format.js';

const DTYPES: Readonly<Record<string, WrittenTensor['dtype']>> = {
  float32: 'F32',
  int32: 'I32',
  bool: 'BOOL',
};

/** Collects the tensors to be saved: each once, and data that several share (tied weights, clones) once. */
export class TensorTable {
  readonly rows: TensorRow[] = [];
  /** What goes into the file. */
  readonly written: WrittenTensor[] = [];
  private readonly ids = new Map<tf.Tensor, number>();
  private readonly stored = new Map<object, WrittenTensor[]>();
  private readonly names = new Set([METADATA]);

  /** The row of a tensor that was added. */
  get(tensor: tf.Tensor): number | undefined {
    return this.ids.get(tensor);
  }

  /**
   * The row of a tensor, made now if there is none. `wanted` is the name that its data gets in the file.
   * @throws GraphFileError for a tensor that is disposed or of a dtype that cannot be saved; `what` names it
   */
  add(tensor: tf.Tensor, wanted: string, what: string): number {
    const known = this.ids.get(tensor);
    if (known !== undefined) return known;
    const data = this.dataOf(tensor, wanted, what);
    const isSameShape = tf.util.arraysEqual([...data.shape], tensor.shape);
    const row = { data: data.name, kind: kindOf(tensor) } as const;
    this.ids.set(tensor, this.rows.length);
    this.rows.push(isSameShape ? row : { ...row, shape: [...tensor.shape] });
    return this.rows.length - 1;
  }

  private dataOf(tensor: tf.Tensor, wanted: string, what: string): WrittenTensor {
    if (tensor.isDisposed) throw new GraphFileError(`${what} is disposed, so the graph cannot be saved.`);
    const dtype = Object.hasOwn(DTYPES, tensor.dtype) ? DTYPES[tensor.dtype] : undefined;
    if (dtype === undefined) {
      throw new GraphFileError(
        `${what} has dtype ${tensor.dtype}; tensors of ${Object.keys(DTYPES).join(', ')} can be saved.`,
      );
    }
    // A cast that loses nothing shares data too, so that the dtype counts.
    const sharing = this.stored.get(tensor.dataId) ?? [];
    const known = sharing.find((each) => each.dtype === dtype);
    if (known !== undefined) return known;
    const read = async () => numbersOf(await tensor.data(), dtype);
    const made: WrittenTensor = { name: this.freeName(wanted), dtype, shape: [...tensor.shape], read };
    this.stored.set(tensor.dataId, [...sharing, made]);
    this.written.push(made);
    return made;
  }

  private freeName(wanted: string): string {
    let name = wanted;
    while (this.names.has(name)) name += '_';
    this.names.add(name);
    return name;
  }
}

function kindOf(tensor: tf.Tensor): TensorRow['kind'] {
  if (!(tensor instanceof tf.Variable)) return 'tensor';
  return tensor.trainable ? 'parameter' : 'buffer';
}

/** Numbers as the dtype stores them: a cast may leave integers in a float32 tensor. */
function numbersOf(
  values: ArrayLike<number>,
  dtype: WrittenTensor['dtype'],
): Float32Array | Int32Array | Uint8Array {
  switch (dtype) {
    case 'F32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'I32':
      return values instanceof Int32Array ? values : Int32Array.from(values);
    case 'BOOL':
      return values instanceof Uint8Array ? values : Uint8Array.from(values);
  }
}
