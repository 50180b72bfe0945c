/** Bytes that byte-level tokenizers write as the character of the same code; others move up from 256. */
const isPrintable = (byte: number) =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;

/** Byte by character, as in GPT-2's `bytes_to_unicode`. */
const BYTES: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 256 }, (_, byte) => byte)
    .sort((a, b) => Number(isPrintable(b)) - Number(isPrintable(a)) || a - b)
    .map((byte, rank) => [String.fromCharCode(isPrintable(byte) ? byte : 256 + rank - 188), byte]),
);

/** The bytes behind a token of a byte-level tokenizer, or null for other tokens. */
export function bytesOfToken(token: string): number[] | null {
  const bytes = [...token].map((character) => BYTES.get(character));
  return bytes.every((byte) => byte !== undefined) ? bytes : null;
}

/** Bytes as UTF-8 text; those that are none by themselves, and control characters but `\n` and `\t`, as `\xE6`. */
export function textOfBytes(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const found = [1, 2, 3, 4].find((length) => character(bytes.slice(at, at + length)) !== null) ?? 1;
    const part = bytes.slice(at, at + found);
    text += character(part) ?? `\\x${(bytes[at] as number).toString(16).toUpperCase().padStart(2, '0')}`;
    at += found;
  }
  return text;
}

function character(bytes: readonly number[]): string | null {
  if (bytes.length === 1 && (bytes[0] as number) < 32 && bytes[0] !== 9 && bytes[0] !== 10) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}
