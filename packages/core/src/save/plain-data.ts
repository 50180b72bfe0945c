import { isPlainObject, isScalar } from '../graph/structure.js';
import type { Scalar } from '../graph/types.js';
import { fromBase64, toBase64 } from './base64.js';
import type { DataRow, ScalarRow, TypedArrayRow } from './format.js';
import type { Item } from './item.js';

const TYPED_ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};
type TypedArray = InstanceType<(typeof TYPED_ARRAYS)[keyof typeof TYPED_ARRAYS]>;

const UNWRITABLE = ['NaN', 'Infinity', '-Infinity', '-0'] as const;

/** A scalar so that it is read back exactly. */
export function scalarRow(scalar: Scalar): ScalarRow {
  if (scalar === undefined) return { undefined: true };
  if (Object.is(scalar, -0)) return { number: '-0' };
  if (typeof scalar === 'number' && !Number.isFinite(scalar))
    return { number: String(scalar) as (typeof UNWRITABLE)[number] };
  return scalar;
}

/** @throws GraphFileError */
export function readScalar(item: Item): Scalar {
  const { value } = item;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    // JSON that someone else wrote may say -0 or 1e999.
    if (!Number.isFinite(value) || Object.is(value, -0)) item.fail('{"number": …} for such a number');
    return value;
  }
  if (item.has('number')) return Number(item.fields(['number']).number.oneOf(UNWRITABLE));
  if (!item.has('undefined'))
    item.fail('a number, boolean, text, null, {"number": …} or {"undefined": true}');
  const { undefined: mark } = item.fields(['undefined']);
  if (mark.value !== true) mark.fail('true');
  return undefined;
}

/** True for typed arrays, but not for instances of classes that extend them. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && Object.values<unknown>(TYPED_ARRAYS).includes(value.constructor);
}

export function typedArrayRow(array: TypedArray): TypedArrayRow {
  const { buffer, byteOffset, byteLength } = array;
  return { typed: array.constructor.name, base64: toBase64(new Uint8Array(buffer, byteOffset, byteLength)) };
}

/** @throws GraphFileError */
export function readTypedArray(item: Item): TypedArray {
  const { typed, base64 } = item.fields(['typed', 'base64']);
  const type = TYPED_ARRAYS[typed.oneOf(Object.keys(TYPED_ARRAYS) as (keyof typeof TYPED_ARRAYS)[])];
  const bytes = fromBase64(base64.text());
  if (bytes === null) return base64.fail('bytes in base64');
  if (bytes.length % type.BYTES_PER_ELEMENT !== 0)
    base64.fail(`a multiple of ${type.BYTES_PER_ELEMENT} bytes in base64`);
  return new type(bytes.buffer);
}

/** Plain data of arrays, plain objects, typed arrays and scalars; `refuse` is told of what is none of them. */
function dataRow(value: unknown, refuse: (what: string) => never): DataRow {
  if (isScalar(value)) return scalarRow(value);
  if (Array.isArray(value)) return value.map((item) => dataRow(item, refuse));
  if (isPlainObject(value)) return { object: dataRows(value, refuse) };
  return isTypedArray(value) ? typedArrayRow(value) : refuse(describe(value));
}

/** The same for each entry of an object. */
export function dataRows(
  value: Readonly<Record<string, unknown>>,
  refuse: (what: string) => never,
): Record<string, DataRow> {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, dataRow(each, refuse)]));
}

/** @throws GraphFileError */
function readData(item: Item): unknown {
  if (Array.isArray(item.value)) return item.list().map(readData);
  if (item.has('object')) return readDataEntries(item.fields(['object']).object);
  return item.has('typed') ? readTypedArray(item) : readScalar(item);
}

/** @throws GraphFileError */
export function readDataEntries(item: Item): Record<string, unknown> {
  return Object.fromEntries(item.members().map(([key, each]) => [key, readData(each)]));
}

/** What a value that cannot be saved is, in words. */
export function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const type = value.constructor as unknown;
  return `an instance of ${typeof type === 'function' && type.name !== '' ? type.name : 'some class'}`;
}
