/** Symmetric positive definite `[size, size]`, row by row. */
export type SquareMatrix = Float64Array;

/**
 * The `x` with `matrix · x = right`, by Cholesky's factorisation `L Lᵀ` and two substitutions (Golub and
 * Van Loan, Matrix Computations, 4.2).
 * @throws Error if the matrix is not positive definite
 */
export function solve(matrix: SquareMatrix, right: Float64Array): Float64Array {
  const size = right.length;
  const factor = factorise(matrix, size);
  const at = (row: number, column: number) => factor[row * size + column] as number;
  const x = right.slice();
  for (let row = 0; row < size; row += 1) {
    let rest = x[row] as number;
    for (let k = 0; k < row; k += 1) rest -= at(row, k) * (x[k] as number);
    x[row] = rest / at(row, row);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let rest = x[row] as number;
    for (let k = row + 1; k < size; k += 1) rest -= at(k, row) * (x[k] as number);
    x[row] = rest / at(row, row);
  }
  return x;
}

/** The lower triangle `L`; what is above stays as it was and is not read. */
function factorise(matrix: SquareMatrix, size: number): SquareMatrix {
  const factor = matrix.slice();
  for (let column = 0; column < size; column += 1) {
    for (let row = column; row < size; row += 1) {
      let rest = factor[row * size + column] as number;
      for (let k = 0; k < column; k += 1)
        rest -= (factor[row * size + k] as number) * (factor[column * size + k] as number);
      if (row > column) factor[row * size + column] = rest / (factor[column * size + column] as number);
      else if (rest > 0) factor[row * size + column] = Math.sqrt(rest);
      else throw new Error(`The matrix is not positive definite: pivot ${column} is ${rest}.`);
    }
  }
  return factor;
}

/** The inner product. */
export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, each, i) => sum + each * (b[i] as number), 0);
}
