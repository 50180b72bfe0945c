import type { Tensor, Tensor2D } from '@tensorflow/tfjs';

/**
 * Applies `fn` to `x` `[…, features]` as rows `[n, features]` and restores the leading axes. The
 * fast matmul of the WebAssembly backend takes matrices only.
 */
export function overRows(x: Tensor, fn: (rows: Tensor2D) => Tensor): Tensor {
  if (x.rank === 2) return fn(x as Tensor2D);
  const rows = fn(x.reshape([-1, x.shape.at(-1) ?? 1]) as Tensor2D);
  return rows.reshape([...x.shape.slice(0, -1), rows.shape[1] ?? 1]);
}
