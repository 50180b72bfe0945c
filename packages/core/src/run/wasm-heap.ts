import type * as tf from '@tensorflow/tfjs';

/** A float32 matrix at an address of the heap, row by row. */
export interface Matrix {
  readonly address: number;
  readonly rows: number;
  readonly columns: number;
}

/** A tensor of matrices `rows × columns` as they lie in memory, to be multiplied as they are or transposed. */
export interface Factor {
  readonly tensor: tf.TensorInfo;
  /** The axes before the matrices. */
  readonly outer: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly isTransposed: boolean;
}

type Kernel = (...args: (number | boolean | Uint8Array)[]) => void;

/** The parts of tfjs's WebAssembly backend that are used; its class is known only where it is loaded. */
interface Backend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    cwrap(name: string, result: null, parameters: readonly ('number' | 'array')[]): Kernel;
    readonly tfjs: {
      registerTensor(id: number, size: number, address: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly id: number; readonly memoryOffset: number } };
  dataIdNextNumber: number;
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  disposeData(dataId: tf.DataId): boolean;
}

/** A packed matrix of more bytes is allocated on trial first: where its memory is missing, nothing would be computed. */
const LARGE = 2 ** 24;
/** Columns that are packed together. */
const PACKED_COLUMNS = 8;
/** tfjs's number for float32. */
const FLOAT32 = 0;
const MATRIX = ['number', 'array', 'number'] as const;

const heaps = new WeakMap<Backend, WasmHeap>();

/** The memory of the WebAssembly backend, with the matrix kernels that tfjs compiled for parts of it. */
export class WasmHeap {
  /** The shape in which a tensor has been packed: XNNPACK's operators are known again by their tensor alone. */
  private readonly packed = new WeakMap<tf.DataId, string>();
  private readonly batchMatMul: Kernel;
  private readonly transposeKernel: Kernel;

  private constructor(private readonly backend: Backend) {
    const { wasm } = backend;
    const three = ['number', 'number', 'number'] as const;
    this.batchMatMul = wasm.cwrap('BatchMatMul', null, [...MATRIX, ...MATRIX, ...three]);
    this.transposeKernel = wasm.cwrap('Transpose', null, [...MATRIX, 'number', 'number', 'array', 'number']);
  }

  /** The heap of a backend, set up at its first use. */
  static of(backend: unknown): WasmHeap {
    const known = heaps.get(backend as Backend);
    if (known !== undefined) return known;
    const heap = new WasmHeap(backend as Backend);
    heaps.set(backend as Backend, heap);
    return heap;
  }

  address({ dataId }: tf.TensorInfo): number {
    return this.backend.dataIdMap.get(dataId).memoryOffset;
  }

  /** A new tensor whose numbers are not set; the caller owns it. */
  make(shape: number[]): tf.TensorInfo {
    return this.backend.makeOutput(shape, 'float32');
  }

  /** Sets all numbers to 0. */
  clear(tensor: tf.TensorInfo): void {
    const address = this.address(tensor);
    this.backend.wasm.HEAPU8.fill(0, address, address + 4 * sizeOf(tensor.shape));
  }

  /** Calls `use` with the address of memory that is its own for as long. */
  scratch<T>(size: number, use: (address: number) => T): T {
    const { backend } = this;
    const { dataId } = backend.makeOutput([size], 'float32');
    try {
      return use(backend.dataIdMap.get(dataId).memoryOffset);
    } finally {
      backend.disposeData(dataId);
    }
  }

  /** `out = a b` by the fast path. */
  multiply(a: Matrix, b: Matrix, out: Matrix): void {
    this.reserve(b);
    this.views([a, b, out], ([aId, bId, outId]) => {
      this.run([aId, [1, a.rows, a.columns]], [bId, [1, b.rows, b.columns]], outId, false, false);
    });
  }

  /** The same, keeping what is packed of `b`, the tensor's whole memory, until the tensor is disposed. */
  multiplyByKept(a: Matrix, b: Matrix, out: Matrix, { dataId }: tf.TensorInfo): void {
    const shape = `${b.rows}x${b.columns}`;
    const known = this.packed.get(dataId) ?? null;
    if (known !== null && known !== shape) {
      this.multiply(a, b, out);
      return;
    }
    if (known === null) this.reserve(b);
    this.packed.set(dataId, shape);
    const { id } = this.backend.dataIdMap.get(dataId);
    this.views([a, out], ([aId, outId]) => {
      this.run([aId, [1, a.rows, a.columns]], [id, [1, b.rows, b.columns]], outId, false, false);
    });
  }

  /** All products of two factors by the plain loop, which takes a matrix of the one with fewer again and again. */
  multiplyPlainly(a: Factor, b: Factor, out: tf.TensorInfo): void {
    const at = ({ tensor, outer, rows, columns }: Factor): [number, number[]] => {
      return [this.backend.dataIdMap.get(tensor.dataId).id, [sizeOf(outer), rows, columns]];
    };
    const { id } = this.backend.dataIdMap.get(out.dataId);
    this.run(at(a), at(b), id, a.isTransposed, b.isTransposed);
  }

  /** Writes the transposed matrix to an address. */
  transpose(from: Matrix, to: number): void {
    const { rows, columns } = from;
    this.views([from, { address: to, rows: columns, columns: rows }], ([fromId, toId]) => {
      this.transposeKernel(fromId, bytesOf([rows, columns]), 2, FLOAT32, toId, bytesOf([1, 0]), 2);
    });
  }

  private run(
    [aId, aShape]: [number, readonly number[]],
    [bId, bShape]: [number, readonly number[]],
    outId: number,
    transposeA: boolean,
    transposeB: boolean,
  ): void {
    this.batchMatMul(aId, bytesOf(aShape), 3, bId, bytesOf(bShape), 3, transposeA, transposeB, outId);
  }

  /** @throws DeviceLimitError where the heap has no room for what is packed of a matrix */
  private reserve({ rows, columns }: Matrix): void {
    const size = Math.ceil(columns / PACKED_COLUMNS) * PACKED_COLUMNS * (rows + 1);
    if (size * 4 > LARGE) this.scratch(size, () => {});
  }

  /** Numbers by which kernels know matrices, for as long as `use` runs. */
  private views<const T extends readonly Matrix[]>(
    matrices: T,
    use: (ids: { [K in keyof T]: number }) => void,
  ): void {
    const { wasm } = this.backend;
    const ids = matrices.map(({ address, rows, columns }) => {
      const id = this.backend.dataIdNextNumber++;
      wasm.tfjs.registerTensor(id, rows * columns, address);
      return id;
    });
    try {
      use(ids as { [K in keyof T]: number });
    } finally {
      for (const id of ids) wasm.tfjs.disposeData(id);
    }
  }
}

/** How many numbers or matrices these axes have. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

function bytesOf(shape: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(shape).buffer);
}
