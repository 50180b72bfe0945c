/** CRC-32 of bytes that come in parts. */
export interface Crc32 {
  begin(): void;
  add(part: Uint8Array): void;
  /** Of all that was added since `begin`. */
  end(): number;
}

export async function makeCrc32(): Promise<Crc32> {
  const { createCRC32 } = await import('hash-wasm');
  const hash = await createCRC32();
  return {
    begin: () => void hash.init(),
    add: (part) => void hash.update(part),
    end: () => Number.parseInt(hash.digest('hex'), 16),
  };
}
