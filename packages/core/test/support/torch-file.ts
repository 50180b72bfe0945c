import { joined } from '../../src/load/checkpoint-files.js';
import { makeCrc32 } from '../../src/load/torch/crc32.js';

/** Bytes of operations of a pickle, the last of which leaves one value. */
export type Op = readonly number[];

const letters = (text: string) => [...new TextEncoder().encode(text)];
const uint32 = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)];
const uint16 = (value: number) => [...new Uint8Array(Uint16Array.of(value).buffer)];

/** Pieces of pickles as Python's protocol 2 has them. */
export const op = {
  text: (value: string): Op => [0x58, ...uint32(letters(value).length), ...letters(value)],
  int: (value: number): Op => (value >= 0 && value < 256 ? [0x4b, value] : [0x4a, ...uint32(value)]),
  /** An integer of 8 bytes. */
  long: (value: bigint): Op => [0x8a, 8, ...new Uint8Array(BigInt64Array.of(value).buffer)],
  true: [0x88] as Op,
  false: [0x89] as Op,
  tuple: (...items: Op[]): Op => [...letters('('), ...items.flat(), ...letters('t')],
  list: (...items: Op[]): Op => [...letters(']('), ...items.flat(), ...letters('e')],
  dict: (...items: Op[]): Op => [...letters('}('), ...items.flat(), ...letters('u')],
  global: (module: string, name: string): Op => letters(`c${module}\n${name}\n`),
  call: (what: Op, ...args: Op[]): Op => [...what, ...op.tuple(...args), ...letters('R')],
  persistent: (id: Op): Op => [...id, ...letters('Q')],
};

export const orderedDict = op.call(op.global('collections', 'OrderedDict'));

/** A tensor as a pickle has it. */
export interface PickledTensor {
  key?: string;
  type?: string;
  /** Numbers of the storage. */
  size?: number;
  offset?: number;
  shape?: readonly number[];
  strides?: readonly number[];
}

const ints = (values: readonly number[]) => op.tuple(...values.map(op.int));

export function storage({ key = '0', type = 'FloatStorage', size = 6 }: PickledTensor): Op {
  const id = [op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(size)];
  return op.persistent(op.tuple(...id));
}

export function tensor(of: PickledTensor = {}, ...more: Op[]): Op {
  const { offset = 0, shape = [2, 3], strides = [3, 1] } = of;
  const args = [storage(of), op.int(offset), ints(shape), ints(strides), op.false, orderedDict];
  return op.call(op.global('torch._utils', '_rebuild_tensor_v2'), ...args, ...more);
}

/** A whole pickle. */
export function pickled(value: Op): Uint8Array {
  return Uint8Array.from([0x80, 2, ...value, 0x2e]);
}

/** How records are written. */
export interface ZipLayout {
  /** Where sizes and checksums are: after the bytes, there with sizes of 8 bytes, or before them. */
  sizes?: 'after' | 'after, long' | 'before' | 'before, long';
  /** Whether checksums are 0, as torch writes them on demand. */
  noChecksums?: boolean;
  /** Bytes of padding before each record's bytes. */
  padding?: number;
}

/** A zip file with these records. */
export async function zipFile(
  records: readonly (readonly [name: string, bytes: Uint8Array])[],
  { sizes = 'after', noChecksums = false, padding = 0 }: ZipLayout = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const crc32 = await makeCrc32();
  const parts: Uint8Array[] = [];
  const directory: number[] = [];
  let position = 0;
  for (const [name, bytes] of records) {
    crc32.begin();
    crc32.add(bytes);
    const crc = uint32(noChecksums ? 0 : crc32.end());
    const size = uint32(bytes.length);
    const long = [...size, 0, 0, 0, 0];
    const zip64 = {
      after: [],
      'after, long': [0, 0, 0, 0, 0, 0, 0, 0],
      before: [],
      'before, long': [...long, ...long],
    }[sizes];
    const extra = [...(zip64.length > 0 ? [1, 0, ...uint16(zip64.length), ...zip64] : [])];
    if (padding > 0) extra.push(0x46, 0x42, ...uint16(padding), ...new Array<number>(padding).fill(0x5a));
    const isAfter = sizes.startsWith('after');
    const shown = sizes === 'before, long' ? [255, 255, 255, 255] : size;
    const facts = isAfter ? new Array<number>(12).fill(0) : [...crc, ...shown, ...shown];
    const head = [0, 0, isAfter ? 8 : 0, 0, 0, 0, 0, 0, 0, 0, ...facts];
    const lengths = [...uint16(letters(name).length), ...uint16(extra.length)];
    const local = [0x50, 0x4b, 3, 4, ...head, ...lengths, ...letters(name), ...extra];
    const after = {
      after: [...size, ...size],
      'after, long': [...long, ...long],
      before: null,
      'before, long': null,
    }[sizes];
    const tail = after === null ? [] : [0x50, 0x4b, 7, 8, ...crc, ...after];
    parts.push(Uint8Array.from(local), bytes, Uint8Array.from(tail));
    const central = [0, 0, ...head.slice(0, 10), ...crc, ...size, ...size];
    directory.push(
      0x50,
      0x4b,
      1,
      2,
      ...central,
      ...uint16(letters(name).length),
      ...new Array<number>(12).fill(0),
      ...uint32(position),
      ...letters(name),
    );
    position += local.length + bytes.length + tail.length;
  }
  const count = uint16(records.length);
  const end = [
    0x50,
    0x4b,
    5,
    6,
    0,
    0,
    0,
    0,
    ...count,
    ...count,
    ...uint32(directory.length),
    ...uint32(position),
    0,
    0,
  ];
  return joined([...parts, Uint8Array.from(directory), Uint8Array.from(end)]);
}
