import { ByteFallbackDecoder, type Decoder, SequenceDecoder } from '@huggingface/tokenizers';

/**
 * Lets byte tokens such as `<0xE6>` become text as in Hugging Face's own decoder: a run of bytes that is no UTF-8 is one
 * `\uFFFD` for each byte, and a byte order mark stays. The package's decoder has another number of them, and drops it.
 */
export function decodeBytesExactly(decoder: Decoder | null): void {
  const parts = decoder instanceof SequenceDecoder ? decoder.decoders : [decoder];
  for (const part of parts) if (part instanceof ByteFallbackDecoder) part.decode_chain = joinBytes;
}

function joinBytes(tokens: readonly string[]): string[] {
  const texts: string[] = [];
  let run: number[] = [];
  const endRun = () => {
    texts.push(...textsOf(run));
    run = [];
  };
  for (const token of tokens) {
    const byte = byteOf(token);
    if (byte !== null) {
      run.push(byte);
      continue;
    }
    endRun();
    texts.push(token);
  }
  endRun();
  return texts;
}

/** The byte that a token stands for, or null. */
export function byteOf(token: string): number | null {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

function textsOf(bytes: readonly number[]): string[] {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return bytes.length === 0 ? [] : [decoder.decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => '\uFFFD');
  }
}
