/** Polynomial of the checksum, with its bits reversed. */
const POLYNOMIAL = 0xedb88320;

let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
    return rest;
  });
}

/** The checksum that gzip and PNG use, as eight hexadecimal digits. Source: ISO 3309. */
export function crc32(bytes: Uint8Array): string {
  table ??= makeTable();
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ (table[(rest ^ byte) & 0xff] as number);
  return ((rest ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
