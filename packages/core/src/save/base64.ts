/** How many bytes are turned into a string at once: function calls take a bounded number of arguments. */
const STRETCH = 8192;

/** Bytes as text, in base64. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += STRETCH) {
    binary += String.fromCharCode(...bytes.subarray(i, i + STRETCH));
  }
  return btoa(binary);
}

/** The bytes of a text in base64; null where it is none, or not in the form that `toBase64` writes. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
    return toBase64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}
