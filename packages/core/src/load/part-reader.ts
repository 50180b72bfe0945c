/** How much is read at a time. */
const PART_BYTES = 2 ** 18;

/** The parts of a stream of bytes, one after the other. */
export interface PartReader {
  /** The next part, or null at the end. It may overwrite the one before. */
  next(): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Stops the transfer. */
  cancel(): void;
}

/**
 * Reads a body into the same memory over and over, where the browser can do that: it would let hundreds of megabytes of
 * new memory lie before it collects them.
 */
export function partReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): PartReader {
  try {
    return overwriting(body.getReader({ mode: 'byob' }));
  } catch {
    return allocating(body.getReader());
  }
}

function overwriting(reader: ReadableStreamBYOBReader): PartReader {
  let memory = new ArrayBuffer(PART_BYTES);
  return {
    async next() {
      const { value } = await reader.read(new Uint8Array(memory));
      if (value === undefined || value.length === 0) return null;
      memory = value.buffer;
      return value;
    },
    cancel: () => void reader.cancel().catch(() => undefined),
  };
}

function allocating(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>): PartReader {
  return {
    async next() {
      const { value } = await reader.read();
      return value ?? null;
    },
    cancel: () => void reader.cancel().catch(() => undefined),
  };
}
