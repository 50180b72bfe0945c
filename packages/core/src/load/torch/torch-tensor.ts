import { STORED_TYPES, type StoredType } from '../safetensors-header.js';
import { broken } from './broken.js';

/** Numbers in a record of their own, which one or more tensors are views of. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: StoredType,
    /** How many numbers. */
    readonly size: number,
  ) {}

  get bytes(): number {
    return this.size * STORED_TYPES[this.dtype].bytes;
  }
}

/** A view of a storage, as torch keeps tensors. */
export class TorchTensor {
  readonly shape: readonly number[];
  /** How far apart in the storage neighbours along each axis are. */
  readonly strides: readonly number[];
  /** Numbers of the storage from its first to its last one, gaps included. */
  readonly span: number;

  /** @throws CheckpointError if it does not lie within its storage */
  constructor(
    readonly storage: TorchStorage,
    /** Where in the storage it begins. */
    readonly offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.shape = [...shape];
    this.strides = [...strides];
    const last = this.shape.reduce((sum, size, axis) => sum + (size - 1) * (this.strides[axis] as number), 0);
    this.span = this.shape.includes(0) ? 0 : last + 1;
    const isInside = this.strides.length === this.shape.length && offset + this.span <= storage.size;
    if (!isInside || !Number.isSafeInteger(this.size))
      throw broken(
        `a tensor [${this.shape.join(', ')}] with strides [${this.strides.join(', ')}] from ${offset} on is not within its ${storage.size} numbers`,
      );
  }

  /** How many numbers. */
  get size(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }

  /** Whether its numbers follow each other in row-major order. */
  get isContiguous(): boolean {
    let expected = 1;
    return this.shape.reduceRight((isSo, size, axis) => {
      const fits = size === 1 || this.strides[axis] === expected;
      expected *= size;
      return isSo && fits;
    }, this.span === this.size);
  }
}
