/** SHA-256 of bytes as hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/** A SHA-256 of bytes that come in parts, which `crypto.subtle` does not do. */
export interface Checksum {
  add(part: Uint8Array): void;
  /** The hexadecimal digits. */
  end(): string;
}

export async function beginChecksum(): Promise<Checksum> {
  const { createSHA256 } = await import('hash-wasm');
  const hash = await createSHA256();
  return { add: (part) => void hash.update(part), end: () => hash.digest('hex') };
}
