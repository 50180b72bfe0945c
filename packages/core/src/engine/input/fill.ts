import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { TensorDtype, TensorFill } from '../protocol.js';

/** The values of a tensor of `size` entries. */
export function filled(fill: TensorFill, size: number, dtype: TensorDtype): Float32Array | Int32Array {
  const values = dtype === 'float32' ? new Float32Array(size) : new Int32Array(size);
  const entry = entryOf(fill, size, dtype);
  for (let i = 0; i < size; i += 1) values[i] = entry(i);
  return values;
}

function entryOf(fill: TensorFill, size: number, dtype: TensorDtype): (i: number) => number {
  switch (fill.kind) {
    case 'constant':
      return () => fill.value;
    case 'range':
      return (i) => fill.from + (size > 1 ? (i * (fill.to - fill.from)) / (size - 1) : 0);
    case 'uniform': {
      const source = xoroshiro128plus(fill.seed);
      const draw = () => fill.low + uniformFloat64(source) * (fill.high - fill.low);
      if (dtype === 'float32') return draw;
      return dtype === 'bool' ? () => Number(2 * draw() >= fill.low + fill.high) : () => Math.floor(draw());
    }
    case 'values':
      return (i) => fill.values[i] as number;
  }
}
