import { bfloat16ToFloat32, float16ToFloat32 } from '../kernels/half.js';
import { STORED_TYPES, type StoredType } from './safetensors-header.js';
import { writesDone } from './tensor-writer.js';

/** Types of numbers that weights have. */
type FloatType = 'F32' | 'F16' | 'BF16' | 'F64';

/** How many numbers are converted at a time, and the bytes that they are read into. */
const BLOCK = 2 ** 20;
const BLOCK_BYTES = BLOCK * 4;

/** How many bytes a GPU may have been given that it has not taken yet. */
const UNTAKEN_BYTES = 2 ** 26;

/** Where bytes come from, one after the other. */
export interface ByteSource {
  /** Fills `target` with the next bytes and returns how many there were: fewer at the end. */
  fill(target: Uint8Array): Promise<number>;
}

/** Reads numbers as float32 in blocks, into memory that it uses again and again. */
export class NumberReader {
  /** As large as the largest block yet. */
  private raw = new Uint8Array(0);
  private converted = new Float32Array(0);
  private untaken = 0;

  constructor(private readonly bytes: ByteSource) {}

  /**
   * The next `count` numbers. A block is overwritten when the next one is asked for.
   * @throws what `cut` gives if there are fewer
   */
  async *blocks(type: StoredType, count: number, cut: () => Error): AsyncGenerator<Float32Array, void> {
    const width = STORED_TYPES[type].bytes;
    for (let left = count; left > 0; ) {
      const size = Math.min(left, BLOCK, BLOCK_BYTES / width);
      const bytes = this.room(size, width);
      if ((await this.bytes.fill(bytes)) < bytes.length) throw cut();
      yield this.floats(type as FloatType, size);
      left -= size;
      await this.wrote(size * 4);
    }
  }

  private room(count: number, width: number): Uint8Array {
    if (this.raw.length < count * width) this.raw = new Uint8Array(count * width);
    if (this.converted.length < count) this.converted = new Float32Array(count);
    return this.raw.subarray(0, count * width);
  }

  private floats(type: FloatType, count: number): Float32Array {
    const { buffer } = this.raw;
    const converted = this.converted.subarray(0, count);
    switch (type) {
      case 'F32':
        return new Float32Array(buffer, 0, count);
      case 'F16':
        return float16ToFloat32(new Uint16Array(buffer, 0, count), converted);
      case 'BF16':
        return bfloat16ToFloat32(new Uint16Array(buffer, 0, count), converted);
      case 'F64':
        converted.set(new Float64Array(buffer, 0, count));
        return converted;
    }
  }

  private async wrote(bytes: number): Promise<void> {
    this.untaken += bytes;
    if (this.untaken < UNTAKEN_BYTES) return;
    await writesDone();
    this.untaken = 0;
  }
}
