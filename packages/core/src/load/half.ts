/** float32 values of IEEE 754 half-precision numbers. Source: IEEE 754-2008, binary16. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  halfTable ??= makeHalfTable();
  const table = halfTable;
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) values[i] = table[halves[i] as number] as number;
  return values;
}

/** float32 values of bfloat16 numbers, which are the upper halves of float32. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) bits[i] = (halves[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

let halfTable: Float32Array | undefined;

function makeHalfTable(): Float32Array {
  return Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
