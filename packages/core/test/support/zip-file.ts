import { joined } from '../../src/load/checkpoint-files.js';
import { makeCrc32 } from '../../src/load/torch/crc32.js';

/** How records are written. */
export interface ZipLayout {
  /** Where sizes and checksums are, after the bytes or before them, and whether sizes have 8 bytes. */
  sizes?: 'after' | 'after, long' | 'before' | 'before, long';
  /** Whether checksums are 0, as torch writes them on demand. */
  noChecksums?: boolean;
  /** Bytes of padding before each record's bytes. */
  padding?: number;
}

type Bytes = readonly number[];

const letters = (text: string) => [...new TextEncoder().encode(text)];
const zeros = (count: number) => new Array<number>(count).fill(0);
const uint16 = (value: number) => [...new Uint8Array(Uint16Array.of(value).buffer)];
const uint32 = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)];
const uint64 = (value: number) => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)];

/** A zip file with these records, which are not compressed. */
export async function zipFile(
  records: readonly (readonly [name: string, bytes: Uint8Array])[],
  layout: ZipLayout = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const crc32 = await makeCrc32();
  const parts: Uint8Array[] = [];
  const directory: number[] = [];
  let position = 0;
  for (const [name, bytes] of records) {
    crc32.begin();
    crc32.add(bytes);
    const crc = uint32(layout.noChecksums ? 0 : crc32.end());
    const before = localHeader(name, bytes.length, crc, layout);
    const after = descriptor(bytes.length, crc, layout);
    parts.push(Uint8Array.from(before), bytes, Uint8Array.from(after));
    directory.push(...directoryEntry(name, bytes.length, crc, position));
    position += before.length + bytes.length + after.length;
  }
  const count = uint16(records.length);
  const sizes = [...count, ...count, ...uint32(directory.length), ...uint32(position)];
  const end = [...letters('PK\x05\x06'), ...zeros(4), ...sizes, ...uint16(0)];
  return joined([...parts, Uint8Array.from(directory), Uint8Array.from(end)]);
}

function localHeader(
  name: string,
  size: number,
  crc: Bytes,
  { sizes = 'after', padding = 0 }: ZipLayout,
): Bytes {
  const shown = uint32(sizes === 'before, long' ? 0xffffffff : size);
  const [flags, facts] = sizes.startsWith('after') ? [8, zeros(12)] : [0, [...crc, ...shown, ...shown]];
  const extra = [
    ...{
      after: [],
      'after, long': extraField(1, uint64(0)),
      before: [],
      'before, long': extraField(1, [...uint64(size), ...uint64(size)]),
    }[sizes],
    ...(padding > 0 ? extraField(0x4246, letters('Z'.repeat(padding))) : []),
  ];
  const lengths = [...uint16(letters(name).length), ...uint16(extra.length)];
  const fixed = [...uint16(0), ...uint16(flags), ...zeros(6), ...facts, ...lengths];
  return [...letters('PK\x03\x04'), ...fixed, ...letters(name), ...extra];
}

function extraField(id: number, bytes: Bytes): Bytes {
  return [...uint16(id), ...uint16(bytes.length), ...bytes];
}

function descriptor(size: number, crc: Bytes, { sizes = 'after' }: ZipLayout): Bytes {
  if (!sizes.startsWith('after')) return [];
  const stated = sizes === 'after' ? uint32(size) : uint64(size);
  return [...letters('PK\x07\x08'), ...crc, ...stated, ...stated];
}

function directoryEntry(name: string, size: number, crc: Bytes, position: number): Bytes {
  const lengths = [...uint16(letters(name).length), ...zeros(12)];
  const fixed = [...zeros(12), ...crc, ...uint32(size), ...uint32(size), ...lengths, ...uint32(position)];
  return [...letters('PK\x01\x02'), ...fixed, ...letters(name)];
}
