/** float32 values of IEEE 754 half-precision numbers, in `values`. Source: IEEE 754-2008, binary16. */
export function float16ToFloat32(
  halves: Uint16Array,
  values: Float32Array<ArrayBuffer> = new Float32Array(halves.length),
): Float32Array<ArrayBuffer> {
  halfTable ??= makeHalfTable();
  const table = halfTable;
  for (let i = 0; i < halves.length; i += 1) values[i] = table[halves[i] as number] as number;
  return values;
}

/** float32 values of bfloat16 numbers, which are the upper halves of float32, in `values`. */
export function bfloat16ToFloat32(
  halves: Uint16Array,
  values: Float32Array<ArrayBuffer> = new Float32Array(halves.length),
): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < halves.length; i += 1) bits[i] = (halves[i] as number) << 16;
  return values;
}

/** The nearest half-precision numbers, of two equally near ones the even one. What is too large becomes infinite. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i += 1) {
    const sign = ((bits[i] as number) >>> 16) & 0x8000;
    halves[i] = sign | halfOf((bits[i] as number) & 0x7fffffff, Math.abs(values[i] as number));
  }
  return halves;
}

/** Float32 bits of the first number that rounds to infinity, of infinity, and of the smallest normal half. */
const TOO_LARGE = 0x477ff000;
const INFINITE = 0x7f800000;
const NORMAL = 0x38800000;

/** The half of a number from 0, given also by its float32 bits. */
function halfOf(bits: number, value: number): number {
  if (bits > INFINITE) return 0x7e00;
  if (bits >= TOO_LARGE) return 0x7c00;
  // Added to a half, the last bit that float32 keeps is that of the subnormal halves.
  if (bits < NORMAL) return Math.round((Math.fround(value + 0.5) - 0.5) * 2 ** 24);
  const rebased = bits - ((127 - 15) << 23);
  return (rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13;
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
