import * as tf from '@tensorflow/tfjs';
import { type Factor, type Matrix, sizeOf, WasmHeap } from './wasm-heap.js';

/** Up to here tfjs's plain loop adds in the same order as the fast path, so that either may be taken (`kBlockSize`). */
const SAME_ORDER = 48;
/** Products with fewer multiplications take less time than setting the fast path up. */
const SMALL = 4096;
/** Rows that are multiplied at once where the product has to be transposed. */
const STRIPE = 64;

/** What tfjs calls a kernel with. */
interface Call {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly backend: unknown;
  readonly attrs?: object | undefined;
}

/**
 * `BatchMatMul` for the WebAssembly backend. XNNPACK, many times faster than tfjs's plain loop, takes only two
 * untransposed matrices. Here all but small products run through it, matrix by matrix. What is small is transposed for it:
 * `x Wᵀ` becomes `(W xᵀ)ᵀ`, for which `W` is neither copied nor packed. Each number is the sum of its products in their
 * order, however many rows, columns and matrices there are.
 */
export function batchMatMul({ inputs, backend, attrs }: Call): tf.TensorInfo {
  const { transposeA, transposeB } = { transposeA: false, transposeB: false, ...attrs };
  const a = factor(inputs.a as tf.TensorInfo, transposeA);
  const b = factor(inputs.b as tf.TensorInfo, transposeB);
  const [rows, shared] = transposeA ? [a.columns, a.rows] : [a.rows, a.columns];
  const [inner, columns] = transposeB ? [b.columns, b.rows] : [b.rows, b.columns];
  if (shared !== inner)
    throw new Error(
      `matMul: [${a.tensor.shape}] and [${b.tensor.shape}] do not fit: ${shared} is not ${inner}`,
    );
  const outer = tf.broadcast_util.assertAndGetBroadcastShape([...a.outer], [...b.outer]);
  const heap = WasmHeap.of(backend);
  const out = heap.make([...outer, rows, columns]);
  const count = sizeOf(outer);
  if (count * rows * columns === 0) return out;
  const whole: Matrix = { address: heap.address(out), rows: count * rows, columns };
  const isPlain = [a, b].every((each) => sizeOf(each.outer) === count || sizeOf(each.outer) === 1);
  if (shared === 0) heap.clear(out);
  else if (shared <= SAME_ORDER && rows * shared * columns < SMALL && isPlain)
    heap.multiplyPlainly(a, b, out);
  else if (!transposeA && sizeOf(b.outer) === 1) multiplyRows(heap, a, b, whole);
  else multiplyEach(heap, a, b, outer, { ...whole, rows });
  return out;
}

function factor(tensor: tf.TensorInfo, isTransposed: boolean): Factor {
  if (tensor.dtype !== 'float32') throw new Error(`matMul: expected float32 tensors, got ${tensor.dtype}`);
  const [rows, columns] = tensor.shape.slice(-2) as [number, number];
  return { tensor, outer: tensor.shape.slice(0, -2), rows, columns, isTransposed };
}

/** All matrices of `a` by the same one: together they are one matrix with more rows. */
function multiplyRows(heap: WasmHeap, a: Factor, b: Factor, out: Matrix): void {
  const left: Matrix = { address: heap.address(a.tensor), rows: out.rows, columns: a.columns };
  const right: Matrix = { ...b, address: heap.address(b.tensor) };
  if (b.isTransposed) multiplyByTransposed(heap, left, right, out);
  else heap.multiplyByKept(left, right, out, b.tensor);
}

/** Each matrix of `a` by its matrix of `b`; `first` is where the first result goes. */
function multiplyEach(heap: WasmHeap, a: Factor, b: Factor, outer: readonly number[], first: Matrix): void {
  const count = sizeOf(outer);
  const [left, right] = [matricesOf(heap, a, outer), matricesOf(heap, b, outer)];
  for (let i = 0; i < count; i += 1) {
    const out = { ...first, address: first.address + i * first.rows * first.columns * 4 };
    const [x, y] = [left(i), right(i)];
    if (a.isTransposed && b.isTransposed)
      transposedResult(heap, out, (result) => heap.multiply(y, x, result));
    else if (a.isTransposed) transposed(heap, x, (turned) => heap.multiply(turned, y, out));
    else if (b.isTransposed) multiplyByTransposed(heap, x, y, out);
    else heap.multiply(x, y, out);
  }
}

/** Finds the matrix of a factor that belongs to the i-th result, as broadcasting has it. */
function matricesOf(heap: WasmHeap, { tensor, outer: own, rows, columns }: Factor, outer: readonly number[]) {
  const start = heap.address(tensor);
  const missing = outer.length - own.length;
  return (index: number): Matrix => {
    let [rest, position, stride] = [index, 0, 1];
    for (let axis = outer.length - 1; axis >= missing; axis -= 1) {
      const length = own[axis - missing] as number;
      if (length > 1) position += (rest % length) * stride;
      rest = Math.floor(rest / (outer[axis] as number));
      stride *= length;
    }
    return { address: start + position * rows * columns * 4, rows, columns };
  };
}

/** `out = x yᵀ`, transposing whatever is smaller. */
function multiplyByTransposed(heap: WasmHeap, x: Matrix, y: Matrix, out: Matrix): void {
  if (x.rows * (x.columns + out.columns) >= y.rows * y.columns) {
    transposed(heap, y, (turned) => heap.multiply(x, turned, out));
    return;
  }
  for (let row = 0; row < x.rows; row += STRIPE) {
    const rows = Math.min(STRIPE, x.rows - row);
    const [from, to] = [rowsFrom(x, row, rows), rowsFrom(out, row, rows)];
    transposed(heap, from, (turned) =>
      transposedResult(heap, to, (result) => heap.multiply(y, turned, result)),
    );
  }
}

function rowsFrom({ address, columns }: Matrix, row: number, rows: number): Matrix {
  return { address: address + row * columns * 4, rows, columns };
}

/** Calls `use` with the transposed matrix. */
function transposed(heap: WasmHeap, matrix: Matrix, use: (turned: Matrix) => void): void {
  withTurned(heap, matrix, (turned, isCopy) => {
    if (isCopy) heap.transpose(matrix, turned.address);
    use(turned);
  });
}

/** Calls `use` with a matrix to be filled, whose transposed is `out`. */
function transposedResult(heap: WasmHeap, out: Matrix, use: (result: Matrix) => void): void {
  withTurned(heap, out, (turned, isCopy) => {
    use(turned);
    if (isCopy) heap.transpose(turned, out.address);
  });
}

/** Room for the transposed matrix: with one row or column it lies in memory in the same order. */
function withTurned(heap: WasmHeap, matrix: Matrix, use: (turned: Matrix, isCopy: boolean) => void): void {
  const turned = { rows: matrix.columns, columns: matrix.rows };
  if (matrix.rows === 1 || matrix.columns === 1) use({ ...turned, address: matrix.address }, false);
  else heap.scratch(matrix.rows * matrix.columns, (address) => use({ ...turned, address }, true));
}
