import type { WeightWriter } from '../weight-writer.js';
import type { TorchTensor } from './torch-tensor.js';

/** Numbers that are kept together, and that are passed on at a time. */
const BLOCK = 2 ** 18;

/**
 * Puts the numbers of a tensor in row-major order that lie otherwise in their storage, such as those of a transposed
 * matrix. It takes them all, then gives them to another writer.
 */
export class StridedWriter implements WeightWriter {
  /** They grow as numbers come: how many there will be is only what the file claims. */
  private blocks: Float32Array[] = [];
  private filled = 0;

  constructor(
    private readonly tensor: TorchTensor,
    private readonly target: WeightWriter,
  ) {}

  write(values: Float32Array): void {
    for (let at = 0; at < values.length; ) {
      const start = this.filled % BLOCK;
      if (start === 0) this.blocks.push(new Float32Array(BLOCK));
      const count = Math.min(values.length - at, BLOCK - start);
      this.blocks.at(-1)?.set(values.subarray(at, at + count), start);
      this.filled += count;
      at += count;
    }
  }

  end(): void {
    const { size, shape, strides } = this.tensor;
    const index = shape.map(() => 0);
    let at = 0;
    for (let done = 0; done < size; ) {
      const part = new Float32Array(Math.min(BLOCK, size - done));
      for (let i = 0; i < part.length; i += 1) {
        part[i] = this.number(at);
        at += step(index, shape, strides);
      }
      this.target.write(part);
      done += part.length;
    }
    this.blocks = [];
    this.target.end();
  }

  abort(): void {
    this.blocks = [];
    this.target.abort();
  }

  private number(at: number): number {
    return (this.blocks[Math.floor(at / BLOCK)] as Float32Array)[at % BLOCK] as number;
  }
}

/** Moves an index to the next one in row-major order, and returns how far that is in the storage. */
function step(index: number[], shape: readonly number[], strides: readonly number[]): number {
  let distance = 0;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const stride = strides[axis] as number;
    const next = (index[axis] as number) + 1;
    if (next < (shape[axis] as number)) {
      index[axis] = next;
      return distance + stride;
    }
    index[axis] = 0;
    distance -= stride * (next - 1);
  }
  return distance;
}
